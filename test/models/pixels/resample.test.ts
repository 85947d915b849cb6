import { readdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { resample } from '../../../src/models/pixels/resample.js'
import type { ResampleFilter } from '../../../src/models/pixels/resample-taps.js'
import type { PixelSize } from '../../../src/models/pixels/resize.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { pillowResample } from './pillow-arithmetic.js'

const golden = 'golden/florence2/images'
const filters: readonly ResampleFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']

describeWithReference('resampling images', [golden], () => {
  it("gives Pillow's bytes, enlarged and shrunk", async () => {
    const files = (await readdir(referencePath(golden))).filter((file) => /\.(png|jpg)$/.test(file))
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      const image = await decodeImage(await readFile(referencePath(`${golden}/${file}`)))
      const path = `${golden}/resized/${file.replace(/jpg$/, 'png')}`
      const { width, height, data } = await decodeImage(await readFile(referencePath(path)))
      const resized = resample(image, { size: { width, height }, filter: 'bicubic' })
      expect(Buffer.compare(resized.data, data), file).toBe(0)
    }
  })
})

/** Pixels that look random, the same each time. */
function pixels({ width, height }: PixelSize, seed = 1): Raster {
  let state = seed
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
  return { width, height, data }
}

const side = fc.integer({ min: 1, max: 70 })
const sizes = fc.record({ width: side, height: side })

describe('resample', () => {
  it('is equal to the plain arithmetic at any size', () => {
    const filter = fc.constantFrom('bilinear', 'bicubic')
    fc.assert(
      fc.property(sizes, sizes, filter, fc.nat(), (from, size, filter, seed) => {
        const image = pixels(from, seed)
        expect(resample(image, { size, filter })).toEqual(pillowResample(image, size, filter))
      }),
    )
  })

  it('is equal to the plain arithmetic where hundreds of pixels make one', () => {
    const image = pixels({ width: 911, height: 702 })
    image.data.fill(255, 0, image.data.length / 3)
    for (const size of [
      { width: 17, height: 690 },
      { width: 900, height: 9 },
      { width: 1, height: 1 },
    ]) {
      expect(resample(image, { size, filter: 'bicubic' })).toEqual(pillowResample(image, size, 'bicubic'))
    }
  })

  it('shortens strips before it changes their width, as Pillow 12 does', () => {
    const strip = pixels({ width: 3, height: 400 })
    const size = { width: 20, height: 30 }
    const shortened = pillowResample(strip, { width: 3, height: 30 }, 'bicubic')
    const expected = pillowResample(shortened, size, 'bicubic')
    expect(resample(strip, { size, filter: 'bicubic' })).toEqual(expected)
    expect(expected).not.toEqual(pillowResample(strip, size, 'bicubic'))
  })

  it('keeps one colour', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.constantFrom(...filters), fc.nat(255), (from, size, filter, grey) => {
        const image = { ...from, data: new Uint8Array(from.width * from.height * 3).fill(grey) }
        expect(resample(image, { size, filter }).data.every((byte) => byte === grey)).toBe(true)
      }),
    )
  })

  it('gives the image itself at its own size', () => {
    const image = pixels({ width: 31, height: 17 })
    for (const filter of filters) {
      expect(resample(image, { size: { width: 31, height: 17 }, filter })).toEqual(image)
    }
  })

  it('gives the part that the window names', () => {
    const image = pixels({ width: 90, height: 64 })
    for (const size of [
      { width: 41, height: 33 },
      { width: 90, height: 33 },
      { width: 41, height: 64 },
      { width: 90, height: 64 },
    ]) {
      const whole = resample(image, { size, filter: 'bicubic' })
      const window = { left: 7, top: 11, width: 20, height: 13 }
      const part = resample(image, { size, filter: 'bicubic', window })
      const expected = Array.from({ length: 13 }, (_, y) => {
        const start = ((11 + y) * size.width + 7) * 3
        return [...whole.data.subarray(start, start + 60)]
      })
      expect([...part.data]).toEqual(expected.flat())
    }
  })

  it('takes the nearest pixel, and averages boxes', () => {
    const row = { width: 4, height: 1, data: Uint8Array.of(0, 0, 0, 10, 20, 30, 40, 40, 40, 61, 60, 60) }
    const size = { width: 2, height: 1 }
    expect([...resample(row, { size, filter: 'nearest' }).data]).toEqual([10, 20, 30, 61, 60, 60])
    expect([...resample(row, { size, filter: 'box' }).data]).toEqual([5, 10, 15, 51, 50, 50])
  })

  it('refuses sizes that cannot be', () => {
    const image = pixels({ width: 4, height: 4 })
    const size = { width: 2, height: 2 }
    const refused = expect.objectContaining({ code: 'internal' })
    expect(() => resample(image, { size: { width: 0, height: 2 }, filter: 'box' })).toThrow(refused)
    expect(() => resample({ ...image, width: 5 }, { size, filter: 'box' })).toThrow(refused)
    const window = { left: 1, top: 0, width: 2, height: 2 }
    expect(() => resample(image, { size, filter: 'box', window })).toThrow(refused)
  })
})
