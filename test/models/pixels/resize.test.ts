import { readdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { fitInside, letterbox, type PixelSize, resizeBilinear } from '../../../src/models/pixels/resize.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

const golden = 'golden/specialists/detectors'

describeWithReference('resizing photographs', [golden], () => {
  it("gives OpenCV's bytes, stretched and letterboxed", async () => {
    const files = await readdir(referencePath(`${golden}/inputs`))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const [id, side = '', mode] = file.replace('.png', '').split('-')
      const size = { width: Number(side), height: Number(side) }
      const photo = await decodeImage(await readFile(referencePath(`${golden}/photos/${id}.jpg`)))
      const expected = await decodeImage(await readFile(referencePath(`${golden}/inputs/${file}`)))
      const resized = mode === 'letterbox' ? letterbox(photo, size).raster : resizeBilinear(photo, size)
      expect({ width: resized.width, height: resized.height }).toEqual(size)
      expect(Buffer.compare(resized.data, expected.data), file).toBe(0)
    }
  })
})

/** A row or a column of grey pixels. */
function grey(values: readonly number[], { width, height }: PixelSize): Raster {
  return { width, height, data: Uint8Array.from(values.flatMap((value) => [value, value, value])) }
}

function greyValues({ data }: Raster): number[] {
  return [...data].filter((_, index) => index % 3 === 0)
}

describe('resizing', () => {
  it('puts pixel centres on pixel centres and repeats the edges', () => {
    const row = grey([0, 100], { width: 2, height: 1 })
    expect(greyValues(resizeBilinear(row, { width: 4, height: 1 }))).toEqual([0, 25, 75, 100])
    const column = grey([0, 100], { width: 1, height: 2 })
    expect(greyValues(resizeBilinear(column, { width: 1, height: 4 }))).toEqual([0, 25, 75, 100])
  })

  it('does not antialias: a third of the pixels decides', () => {
    const row = grey([0, 90, 0, 0, 60, 0], { width: 6, height: 1 })
    expect(greyValues(resizeBilinear(row, { width: 2, height: 1 }))).toEqual([90, 60])
  })

  it('averages 2x2 pixels where both sides are halved exactly', () => {
    const quad = grey([1, 2, 3, 4], { width: 2, height: 2 })
    expect(greyValues(resizeBilinear(quad, { width: 1, height: 1 }))).toEqual([3])
  })

  const sides = fc.integer({ min: 1, max: 40 })
  const sizes = fc.record({ width: sides, height: sides })

  it('keeps one colour, and the range of the pixels, at any size', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.infiniteStream(fc.nat(255)), (from, to, bytes) => {
        const data = Uint8Array.from({ length: from.width * from.height * 3 }, () => bytes.next().value ?? 0)
        const resized = resizeBilinear({ ...from, data }, to).data
        expect(resized.length).toBe(to.width * to.height * 3)
        // The two shifts of the fixed point may each lose a bit.
        expect(Math.min(...resized)).toBeGreaterThanOrEqual(Math.min(...data) - 1)
        expect(Math.max(...resized)).toBeLessThanOrEqual(Math.max(...data))
      }),
    )
  })

  it('copies at the same size and leaves the source alone', () => {
    const source = grey([5, 6, 7, 8], { width: 2, height: 2 })
    const copy = resizeBilinear(source, { width: 2, height: 2 })
    expect(copy).toEqual(source)
    copy.data.fill(0)
    expect(greyValues(source)).toEqual([5, 6, 7, 8])
  })

  it('fits into a frame at the top left and pads with 114', () => {
    const { raster, scale } = letterbox(grey([10, 10], { width: 2, height: 1 }), { width: 4, height: 4 })
    expect(scale).toBe(2)
    expect(greyValues(raster)).toEqual([...Array(8).fill(10), ...Array(8).fill(114)])
  })

  it('never scales a side away', () => {
    expect(fitInside({ width: 4000, height: 2 }, { width: 416, height: 416 })).toEqual({
      width: 416,
      height: 1,
      scale: 0.104,
    })
  })

  it('refuses what is no image', () => {
    const short = { width: 2, height: 2, data: new Uint8Array(11) }
    expect(() => resizeBilinear(short, { width: 1, height: 1 })).toThrow(/2x2 \(11 bytes\)/)
    expect(() => resizeBilinear(grey([1], { width: 1, height: 1 }), { width: 0, height: 1 })).toThrow(/0x1/)
  })
})
