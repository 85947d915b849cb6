import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectObservation, Observation } from '../../../schemas/observation.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { ModelSession, SessionHost, Tensors } from '../../../src/models/sessions/tensor.js'
import { type ClassLabels, classLabels } from '../../../workers/detect/class-labels.js'
import { decodeOutputs } from '../../../workers/detect/decode-outputs.js'
import { type HubConfig, readHubConfig, withScoring } from '../../../workers/detect/hub-config.js'
import { outputsOfImage } from '../../../workers/detect/outputs-of-image.js'
import { describeAnnotatorConformance } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import {
  type HubDetection,
  type HubDetector,
  type HubImage,
  hubDetectors,
  hubFiles,
  hubNeeds,
  hubOptions,
  hubPictures,
  loadHubDetector,
  readHubImages,
  readStored,
} from './hub-detectors.js'
import { coco80 } from './reference-detectors.js'

/** The tolerances of the reference's own page, which are met from the pictures too: the processor makes the same pixels. */
const tolerance = { logit: 1e-3, unitBox: 1e-4, pixels: 0.1, score: 1e-4 }

describeWithReference('detectors of the hub answer as the reference does', hubNeeds, () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 2 })
  })
  afterAll(() => sessions.close())

  describe.each(hubDetectors)('%s', (name) => {
    let images: readonly HubImage[]
    let session: ModelSession
    let config: HubConfig | null
    let labels: ClassLabels
    beforeAll(async () => {
      images = await readHubImages(name)
      session = await sessions.open(hubFiles(name).get('onnx/model.onnx') ?? '')
      config = await readHubConfig(hubFiles(name))
      labels = classLabels(config, await coco80())
    })

    it('from the stored inputs, one by one', async () => {
      for (const image of images) {
        const outputs = await runStored(name, session, [image])
        await expectRaw(name, outputs, image)
        expectSame(decoded(outputs, image), image.detections)
      }
    })

    it('from the stored inputs in one run', async () => {
      const outputs = await runStored(name, session, images)
      for (const [index, image] of images.entries()) {
        const own = outputsOfImage(outputs, index, images.length)
        await expectRaw(name, own, image)
        expectSame(decoded(own, image), image.detections)
      }
    })

    it.each([1, 2, 3])('from the pictures all the way, %i in a run', async (model_batch) => {
      for (const [index, image] of images.entries()) {
        const options = { score_min: image.threshold, model_batch }
        const detector = await loadHubDetector(name, sessions, options)
        const observed = await detector.annotate(await hubPictures(images), { signal: new AbortController().signal })
        expectSame(objectsOf(observed[index] ?? []), insideImage(image))
      }
    })

    /** As an annotator decodes, in pixels of the original image but not clipped to it. */
    function decoded(outputs: Tensors, { width, height, threshold }: HubImage): HubDetection[] {
      const options = withScoring(hubOptions({ score_min: threshold }), config)
      const context = { classes: labels.names.length, unnamedClasses: !labels.exact }
      return decodeOutputs(outputs, options, context).map(({ label, score, x1, y1, x2, y2 }) => ({
        label: labels.names[label] ?? '',
        score,
        box: [x1 * width, y1 * height, x2 * width, y2 * height],
      }))
    }
  })
})

describeWithReference('detect with detectors of the hub', hubNeeds, () => {
  for (const name of hubDetectors) {
    describeAnnotatorConformance(name, async () => {
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      const vocabulary = await coco80()
      return {
        annotator: await loadHubDetector(name, sessions, { score_min: 0.5 }, vocabulary),
        images: await hubPictures(await readHubImages(name)),
        vocabulary,
        close: () => sessions.close(),
      }
    })
  }
})

async function runStored(name: HubDetector, session: ModelSession, images: readonly HubImage[]): Promise<Tensors> {
  const parts = await Promise.all(images.map(({ pixel_values }) => readStored(name, pixel_values)))
  const data = Float32Array.from(parts.flatMap((part) => [...part]))
  const [, ...shape] = images[0]?.pixel_values.shape ?? []
  return session.run({ pixel_values: { type: 'float32', data, dims: [images.length, ...shape] } })
}

async function expectRaw(name: HubDetector, outputs: Tensors, { raw }: HubImage): Promise<void> {
  for (const [output, near] of [
    ['logits', tolerance.logit],
    ['pred_boxes', tolerance.unitBox],
  ] as const) {
    const wanted = await readStored(name, raw[output])
    const given = outputs[output]
    expect(given?.dims).toEqual(raw[output].shape)
    const worst = wanted.reduce((most, value, at) => Math.max(most, Math.abs(value - Number(given?.data[at]))), 0)
    expect(worst).toBeLessThanOrEqual(near)
  }
}

/** The same detections in the same order. */
function expectSame(found: readonly HubDetection[], wanted: readonly HubDetection[]): void {
  expect(found.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label))
  for (const [index, { score, box }] of wanted.entries()) {
    expect(Math.abs((found[index]?.score ?? Number.NaN) - score)).toBeLessThanOrEqual(tolerance.score)
    for (const [side, value] of box.entries()) {
      expect(Math.abs((found[index]?.box[side] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance.pixels)
    }
  }
}

/** The detections of the reference, as far as they lie in the image. */
function insideImage({ detections, width, height }: HubImage): HubDetection[] {
  const clip = (value: number, most: number): number => Math.min(most, Math.max(0, value))
  return detections.map(({ label, score, box: [x1, y1, x2, y2] }) => ({
    label,
    score,
    box: [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)],
  }))
}

function objectsOf(observations: readonly Observation[]): ObjectObservation[] {
  return observations.filter((observation): observation is ObjectObservation => observation.kind === 'object')
}
