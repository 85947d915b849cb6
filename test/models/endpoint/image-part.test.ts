import sharp from 'sharp'
import { expect, test } from 'vitest'
import { type ImagePartOptions, imagePart } from '../../../src/models/endpoint/image-part.js'
import type { Raster } from '../../../src/models/pixels/raster.js'

/** Red on the left, blue on the right. */
const raster: Raster = halves(100, 60)

function halves(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) data.set(at % width < width / 2 ? [200, 0, 0] : [0, 0, 200], at * 3)
  return { width, height, data }
}

async function sent(options: Partial<ImagePartOptions> = {}, from = raster) {
  const part = await imagePart(from, { longestSide: 768, quality: 90, ...options })
  if (part.type !== 'image_url') throw new Error('no picture')
  const jpeg = Buffer.from(part.image_url.url.replace('data:image/jpeg;base64,', ''), 'base64')
  const { width, height, format } = await sharp(jpeg).metadata()
  const { channels } = await sharp(jpeg).stats()
  return { width, height, format, mean: channels.map((channel) => Math.round(channel.mean / 10) * 10) }
}

test('the whole picture, as large as it is', async () => {
  expect(await sent()).toEqual({ width: 100, height: 60, format: 'jpeg', mean: [100, 0, 100] })
})

test('shrunk to its longer side, never enlarged', async () => {
  expect(await sent({ longestSide: 50 })).toMatchObject({ width: 50, height: 30 })
  expect(await sent({ longestSide: 50, box: [0, 0, 20, 60] })).toMatchObject({ width: 17, height: 50 })
  expect(await sent({ longestSide: 200 })).toMatchObject({ width: 100, height: 60 })
})

test('a box of it, whole pixels, clipped to the picture', async () => {
  expect(await sent({ box: [0, 0, 40, 60] })).toMatchObject({ width: 40, height: 60, mean: [200, 0, 0] })
  expect(await sent({ box: [60.5, 10.2, 300, 20.1] })).toMatchObject({ width: 40, height: 11, mean: [0, 0, 200] })
  expect(await sent({ box: [99.9, 59.9, 100, 60] })).toMatchObject({ width: 1, height: 1 })
  expect(await sent({ box: [100, 60, 120, 80] })).toMatchObject({ width: 1, height: 1 })
})

test('a strip stays a strip of at least a pixel', async () => {
  expect(await sent({ longestSide: 100 }, halves(3000, 2))).toMatchObject({ width: 100, height: 1 })
})

test('the same bytes each time, and the pixels as they were', async () => {
  const before = Buffer.from(raster.data)
  const options = { longestSide: 64, quality: 80 }
  expect(await imagePart(raster, options)).toEqual(await imagePart(raster, options))
  expect(before.equals(raster.data)).toBe(true)
})
