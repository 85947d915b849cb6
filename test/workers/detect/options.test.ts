import { expect, it } from 'vitest'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { detect } from '../../../workers/detect/index.js'
import { matrixPowerModel, modelFolder } from '../../models/sessions/tiny-models.js'

const yolox = { decoder: 'yolox', input: { size: 416, resize: 'letterbox', order: 'BGR' }, nms_iou: 0.65 }

it('completes what is left out', () => {
  expect(detect.options.parse(yolox)).toEqual({
    decoder: 'yolox',
    input: { size: 416, resize: 'letterbox', order: 'BGR', mean: [0, 0, 0], std: [1, 1, 1] },
    nms_iou: 0.65,
    score_min: 0.05,
    max_per_image: 200,
    strides: [8, 16, 32],
    logits: false,
  })
})

it('needs nothing for a set prediction, whose files say the rest', () => {
  expect(detect.options.parse({ decoder: 'set-prediction' })).toEqual({
    decoder: 'set-prediction',
    nms_iou: null,
    score_min: 0.05,
    max_per_image: 200,
  })
})

it.each([
  ['an unknown decoder', { ...yolox, decoder: 'yolov8' }],
  ['an unknown key', { ...yolox, nms: 0.5 }],
  ['an option of another decoder', { ...yolox, stride: 4 }],
  ['an unknown key of the input', { ...yolox, input: { ...yolox.input, pad: 0 } }],
  ['a zero std', { ...yolox, input: { ...yolox.input, std: [1, 0, 1] } }],
  ['a letterbox for deim, whose graph scales the boxes', { ...yolox, decoder: 'deim' }],
  ['an input for a set prediction, whose preprocessor_config.json says it', { ...yolox, decoder: 'set-prediction' }],
  ['an unknown scoring', { decoder: 'set-prediction', scoring: 'focal' }],
  ['a run of no images', { ...yolox, model_batch: 0 }],
  ['gfl without strides', { ...yolox, decoder: 'gfl' }],
])('refuses %s', (_, options) => {
  expect(detect.options.safeParse(options).success).toBe(false)
})

it('refuses a model whose inputs are not those of its decoder, and a missing vocabulary', async () => {
  const sessions = createSessionHost({ threads: 1, sessions: 1 })
  try {
    const path = await matrixPowerModel(await modelFolder(), 'no-detector', 1)
    const files = new Map([['model.onnx', path]])
    const options = detect.options.parse(yolox)
    const load = (vocabulary: readonly string[] | null) => detect.load({ options, files, vocabulary, sessions })
    await expect(load(['cat'])).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining('a [-1, -1], b [-1, -1]'),
    })
    await expect(load(null)).rejects.toMatchObject({ code: 'config_invalid' })
  } finally {
    await sessions.close()
  }
})
