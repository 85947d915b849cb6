import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectObservation } from '../../../schemas/observation.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { pixelTables } from '../../../src/models/pixels/pixel-tensor.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { decodeOutputs } from '../../../workers/detect/decode-outputs.js'
import { modelInput, resolveInputs } from '../../../workers/detect/model-input.js'
import { toObservations } from '../../../workers/detect/to-observations.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import {
  coco80,
  distanceToNearest,
  type Golden,
  type GoldenImage,
  goldenFolder,
  goldenOptions,
  goldenPhotos,
  loadReferenceDetector,
  modelPath,
  type ReferenceDetector,
  readGolden,
  referenceDetectors,
  referenceNeeds,
} from './reference-detectors.js'

/** The tolerances of the reference's own page. */
const tolerance = { pixels: 0.05, score: 1e-4 }

describeWithReference('detectors answer as the reference does', referenceNeeds, () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 2 })
  })
  afterAll(() => sessions.close())

  describe.each(Object.keys(referenceDetectors) as ReferenceDetector[])('%s', (name) => {
    let golden: Golden
    let names: readonly string[]
    beforeAll(async () => {
      golden = await readGolden(name)
      names = await coco80()
    })

    it('from the stored inputs', async () => {
      for (const image of golden.images) expectSame(await detectStored(name, golden, image, names, sessions), image)
    })

    it('from the photographs, all the way', async () => {
      const detector = await loadReferenceDetector(name, sessions)
      const photos = await goldenPhotos(golden)
      const observed = await detector.annotate(photos, { signal: new AbortController().signal })
      for (const [index, image] of golden.images.entries()) expectSame(objectsOf(observed[index] ?? []), image)
    })

    it.runIf(referenceDetectors[name] === 'deim')(
      'from the photographs, three in a run, where its graph takes them',
      async () => {
        const detector = await loadReferenceDetector(name, sessions, { model_batch: 3 })
        const photos = await goldenPhotos(golden)
        const observed = await detector.annotate(photos, { signal: new AbortController().signal })
        for (const [index, image] of golden.images.entries()) expectSame(objectsOf(observed[index] ?? []), image)
      },
    )

    it('makes the same input tensors from the photographs', async () => {
      const { input } = goldenOptions(name, golden)
      for (const [index, photo] of (await goldenPhotos(golden)).entries()) {
        const raster = await photo.pixels()
        const { inputs } = modelInput([raster], { image: 'image', originalSize: null }, input, pixelTables(input))
        const tensor = inputs.image
        const bytes = new Uint8Array(tensor?.data.buffer ?? new ArrayBuffer(0))
        const hash = createHash('sha256').update(bytes).digest('hex')
        expect(hash).toBe(golden.images[index]?.input.sha256_f32le)
      }
    })
  })
})

/** The stored input is the image after resizing: only normalisation, model and decoder are at work. */
async function detectStored(
  name: ReferenceDetector,
  golden: Golden,
  { input_png, width, height, scale }: GoldenImage,
  vocabulary: readonly string[],
  sessions: SessionHost,
): Promise<ObjectObservation[]> {
  const options = goldenOptions(name, golden)
  const session = await sessions.open(modelPath(golden))
  const raster = await decodeImage(await readFile(referencePath(`${goldenFolder}/${input_png}`)))
  const { inputs } = modelInput([raster], resolveInputs(session, options), options.input, pixelTables(options.input))
  const candidates = decodeOutputs(await session.run(inputs), options, { classes: vocabulary.length })
  return toObservations(candidates, { width, height, scaleX: scale[0], scaleY: scale[1] }, options, vocabulary)
}

/** Every reference detection is there, and every strong detection is in the reference. */
function expectSame(observed: readonly ObjectObservation[], { top, detections_total }: GoldenImage): void {
  for (const wanted of top) expectNear(distanceToNearest(wanted, observed))
  const weakest = detections_total > top.length ? Math.min(...top.map(({ score }) => score)) : 0
  const strong = observed.filter(({ score }) => score > Math.max(0.3, weakest + tolerance.score))
  for (const found of strong) expectNear(distanceToNearest(found, top))
}

function expectNear({ pixels, score }: { pixels: number; score: number }): void {
  expect(pixels).toBeLessThanOrEqual(tolerance.pixels)
  expect(score).toBeLessThanOrEqual(tolerance.score)
}

function objectsOf(observations: readonly { kind: string }[]): ObjectObservation[] {
  return observations.filter((observation): observation is ObjectObservation => observation.kind === 'object')
}
