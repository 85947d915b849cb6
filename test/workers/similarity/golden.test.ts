import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost, Tensor } from '../../../src/models/sessions/tensor.js'
import { readImageTextModel } from '../../../workers/similarity/image-text-model.js'
import { similarity } from '../../../workers/similarity/index.js'
import { openTextTower } from '../../../workers/similarity/text-tower.js'
import { cosine, unitVector } from '../../../workers/similarity/unit-vector.js'
import { openVisionTower } from '../../../workers/similarity/vision-tower.js'
import { describeWithReference } from '../../reference-data.js'
import {
  briefTexts,
  compare,
  type Golden,
  readGolden,
  readPixelValues,
  referenceContext,
  referenceImage,
  referenceModels,
  referenceNeeds,
} from './reference-models.js'

/** From the reference's own pixels; the reference's page suggests it. */
const exact = 1e-3
/** From the images through our own processor, of cosines and probabilities. */
const ownPixels = 1e-4

describeWithReference('image-text models answer as the reference does', referenceNeeds, () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 2 })
  })
  afterAll(() => sessions.close())

  describe.each(referenceModels)('%s', (name) => {
    const signal = new AbortController().signal
    let golden: Golden
    beforeAll(async () => {
      golden = await readGolden(name)
    })

    it.each([1, 4, 100])('embeds texts, %i in a run', async (size) => {
      const context = await referenceContext(name, sessions)
      const tower = await openTextTower(context, await readImageTextModel(context.files, context.options))
      const embeddings: Float32Array[] = []
      for (let at = 0; at < golden.texts.length; at += size) {
        embeddings.push(...(await tower.embed(golden.texts.slice(at, at + size), signal)))
      }
      expectNear(embeddings, golden.textEmbeddings, exact)
    })

    it('embeds prepared pixels, one and many in a run', async () => {
      const context = await referenceContext(name, sessions)
      const tower = await openVisionTower(context, await readImageTextModel(context.files, context.options))
      const read = () => readPixelValues(name, golden.pixelShape)
      expectNear(await tower.embedPixels(await read(), signal), golden.imageEmbeddings, exact)
      for (const [index, embedding] of golden.imageEmbeddings.entries()) {
        expectNear(await tower.embedPixels(imageOf(await read(), index), signal), [embedding], exact)
      }
    })

    it('gives the cosines, logits and scores of the reference from its pixels', async () => {
      const context = await referenceContext(name, sessions)
      const model = await readImageTextModel(context.files, context.options)
      const text = await openTextTower(context, model)
      const vision = await openVisionTower(context, model)
      const texts = (await text.embed(golden.texts, signal)).map(unitVector)
      const images = await vision.embedPixels(await readPixelValues(name, golden.pixelShape), signal)
      const cosines = images.map((image) => texts.map((vector) => cosine(vector, unitVector(image))))
      expectNear(cosines, golden.cosines, exact)
      const logits = cosines.map((row) => row.map((value) => value * golden.scale + golden.bias))
      expectNear(logits, golden.logits, exact)
      const scores = cosines.map((row) => row.map((value) => model.score(value)))
      expectNear(scores, golden.scores, exact)
    })

    it.each([1, 2, 8])('gives its cosines and scores from the images, %i in a run', async (batch) => {
      const annotator = await similarity.load(await referenceContext(name, sessions, { batch }))
      const images = await Promise.all(golden.images.map((image) => referenceImage(image, briefTexts(golden.texts))))
      const observed = await compare(annotator, images)
      expect(observed.map((ofImage) => ofImage.map(({ text }) => text))).toEqual(golden.images.map(() => golden.texts))
      expect(observed.flat().map(({ region_id }) => region_id)).toEqual(observed.flat().map(() => null))
      expectNear(
        observed.map((ofImage) => ofImage.map((observation) => observation.cosine)),
        golden.cosines,
        ownPixels,
      )
      expectNear(
        observed.map((ofImage) => ofImage.map(({ score }) => score)),
        golden.scores,
        ownPixels,
      )
    })
  })
})

/** One image of a tensor, alone. */
function imageOf(tensor: Tensor, index: number): Tensor {
  if (tensor.type !== 'float32') throw new Error('no pixels')
  const length = tensor.data.length / (tensor.dims[0] ?? 1)
  const data = tensor.data.slice(index * length, (index + 1) * length)
  return { type: 'float32', data, dims: [1, ...tensor.dims.slice(1)] }
}

/** Rows of equal shape, no value further off than `tolerance`. */
function expectNear(
  rows: readonly ArrayLike<number>[],
  expected: readonly (readonly number[])[],
  tolerance: number,
): void {
  expect(rows.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  const distances = rows.flatMap((row, at) =>
    Array.from(row, (value, i) => Math.abs(value - (expected[at]?.[i] ?? Number.NaN))),
  )
  expect(Math.max(...distances)).toBeLessThanOrEqual(tolerance)
}
