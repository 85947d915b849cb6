import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Annotator } from '../../../src/annotate/contract.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { detect } from '../../../workers/detect/index.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { modelFolder } from '../../models/sessions/tiny-models.js'
import { textFiles } from '../../models/text-files.js'
import { channelDetectorModel } from './channel-detector.js'

const preprocessor = {
  image_processor_type: 'RTDetrImageProcessor',
  do_resize: true,
  size: { height: 32, width: 32 },
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: false,
  do_pad: false,
}
const coloured = { model_type: 'd_fine', id2label: { 0: 'red', 1: 'N/A', 2: 'blue' } }

describe('a detector of the hub', () => {
  let sessions: SessionHost
  let folder: string
  beforeAll(async () => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
    folder = await modelFolder()
  })
  afterAll(() => sessions.close())

  it('says nothing of classes without a name', async () => {
    const detector = await load({ config: coloured })
    const signal = new AbortController().signal
    const observed = await detector.annotate([plain(40, 20, [255, 255, 0]), plain(20, 40, [0, 255, 255])], { signal })
    // The box of each query is the whole image.
    expect(observed).toMatchObject([[{ label: 'red', box: [0, 0, 40, 20] }], [{ label: 'blue', box: [0, 0, 20, 40] }]])
  })

  it('runs one image at a time where its graph takes no more', async () => {
    const detector = await load({ config: coloured, images: 1, options: { model_batch: 4 } })
    const signal = new AbortController().signal
    const observed = await detector.annotate([plain(40, 20, [255, 0, 0]), plain(20, 40, [0, 0, 255])], { signal })
    expect(observed).toMatchObject([[{ label: 'red' }], [{ label: 'blue' }]])
  })

  it('takes its labels from the vocabulary where no configuration names them', async () => {
    const detector = await load({ config: null, options: { scoring: 'sigmoid' }, vocabulary: ['a', 'b', 'c'] })
    const signal = new AbortController().signal
    expect(await detector.annotate([plain(9, 9, [0, 255, 0])], { signal })).toMatchObject([[{ label: 'b' }]])
  })

  it.each([
    ['a model_type that is not known', { config: { ...coloured, model_type: 'maskformer' } }, /"maskformer".*d_fine/],
    ['no configuration and no scoring', { config: null, vocabulary: ['a', 'b', 'c'] }, /scoring: sigmoid or softmax/],
    ['another vocabulary', { config: coloured, vocabulary: ['red', 'green', 'blue'] }, /"green".*"blue" \(class 2\)/],
    ['no names at all', { config: { model_type: 'd_fine' } }, /id2label/],
    ['no preprocessor_config.json', { config: coloured, preprocessor: null }, /preprocessor_config\.json/],
  ])('refuses %s when it is loaded', async (_, given, message) => {
    await expect(load(given)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    [
      'more classes than the vocabulary names',
      { config: null, options: { scoring: 'sigmoid' }, vocabulary: ['a', 'b'] },
    ],
    [
      'another size than the graph',
      { config: coloured, preprocessor: { ...preprocessor, size: { height: 16, width: 16 } } },
    ],
  ])('refuses %s when it is run', async (_, given) => {
    const detector = await load(given)
    const running = detector.annotate([plain(9, 9, [0, 0, 0])], { signal: new AbortController().signal })
    await expect(running).rejects.toMatchObject({ code: 'model_invalid' })
  })

  interface Given {
    readonly config: unknown
    readonly preprocessor?: unknown
    readonly images?: number | string
    readonly options?: Record<string, unknown>
    readonly vocabulary?: readonly string[]
  }

  async function load(given: Given): Promise<Annotator> {
    const { config, images = 'n', options = {}, vocabulary = null } = given
    const files = await textFiles({
      ...(config === null ? {} : { 'config.json': JSON.stringify(config) }),
      ...(given.preprocessor === null
        ? {}
        : { 'preprocessor_config.json': JSON.stringify(given.preprocessor ?? preprocessor) }),
    })
    files.set('onnx/model.onnx', await channelDetectorModel(folder, images))
    const parsed = detect.options.parse({ decoder: 'set-prediction', score_min: 0.6, ...options })
    return detect.load({ options: parsed, files, vocabulary, sessions })
  }
})

function plain(width: number, height: number, [red, green, blue]: readonly [number, number, number]) {
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < data.length; at += 3) data.set([red, green, blue], at)
  const raster: Raster = { width, height, data }
  return rasterInput(`${width}x${height}`, raster)
}
