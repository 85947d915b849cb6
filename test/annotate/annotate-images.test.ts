import { expect, test } from 'vitest'
import { FldError } from '../../schemas/errors.js'
import { annotateImages } from '../../src/annotate/annotate-images.js'
import type { Annotator, AnnotatorInput } from '../../src/annotate/contract.js'

/** Looks at the pixels of each image and says nothing. */
const looking: Annotator = {
  annotate: async (batch) => {
    await Promise.all(batch.map((image) => image.pixels()))
    return batch.map(() => [])
  },
  dispose: async () => undefined,
}

/** Images 0 to 5; those of `broken` throw when their pixels are asked for. */
function images(broken: Readonly<Record<number, Error>>): AnnotatorInput[] {
  return Array.from({ length: 6 }, (_, index) => ({
    image_id: String(index),
    width: 1,
    height: 1,
    pixels: async () => {
      const error = broken[index]
      if (error) throw error
      return { data: new Uint8Array(3), width: 1, height: 1 }
    },
    regions: [],
    texts: [],
    regionTexts: [],
  }))
}

const settings = { annotator: looking, batchSize: 4, signal: new AbortController().signal }

test('an image that cannot be done fails alone, the others of its batch are done', async () => {
  const done = await annotateImages(images({ 2: new FldError('image_refused', 'no picture') }), settings)
  expect(done.map(({ failure }) => failure)).toEqual([null, null, 'no picture', null, null, null])
})

test('a damaged image of the store is a failure of that image', async () => {
  const done = await annotateImages(images({ 5: new FldError('store_corrupt', 'other bytes') }), settings)
  expect(done[5]).toMatchObject({ image_id: '5', failure: 'other bytes' })
})

test.each([
  'model_unavailable',
  'store_unavailable',
  'store_denied',
  'store_missing',
  'endpoint_unavailable',
  'aborted',
] as const)('%s is no failure of an image: it is thrown, so that nothing wrong is kept', async (code) => {
  await expect(annotateImages(images({ 4: new FldError(code, 'away') }), settings)).rejects.toMatchObject({ code })
})

test('images that ask nothing do not hide that an annotator is broken', async () => {
  const texts = [{ granularity: 'brief', text: 'A cat.', phrases: [] }] as const
  const asking = images({ 1: new Error('no such tensor'), 4: new Error('no such tensor') }).map((image, index) =>
    index === 1 || index === 4 ? { ...image, texts } : image,
  )
  await expect(annotateImages(asking, settings)).rejects.toThrow('all 2 images failed')
})

test('when no image can be done it is the annotator that is broken', async () => {
  const broken = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [index, new Error('no such tensor')]))
  await expect(annotateImages(images(broken), settings)).rejects.toMatchObject({
    code: 'annotator_failed',
    message: expect.stringContaining('all 6 images failed, the first with: no such tensor'),
  })
})
