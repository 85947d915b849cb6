import fc from 'fast-check'
import { type BinaryMask, decompressRuns } from '../../../schemas/mask-rle.js'
import type { Ring } from '../../../workers/segment/mask-outlines.js'

/** A mask of drawn rows, as a window of an image that may be larger. */
export function maskOf(
  rows: readonly string[],
  { left = 0, top = 0, right = 0, bottom = 0 }: Partial<Record<'left' | 'top' | 'right' | 'bottom', number>> = {},
): BinaryMask {
  const columns = rows[0]?.length ?? 0
  return {
    width: left + columns + right,
    height: top + rows.length + bottom,
    left,
    top,
    columns,
    rows: rows.length,
    data: Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 1 : 0)),
  }
}

/** All pixels of the image, row by row. */
export function wholeImage({ width, height, left, top, columns, rows, data }: BinaryMask): Uint8Array {
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < rows; y++) {
    pixels.set(data.subarray(y * columns, (y + 1) * columns), (top + y) * width + left)
  }
  return pixels
}

const margin = fc.integer({ min: 0, max: 3 })

/** Any small mask, with any margins. */
export const anyMask = fc
  .record({
    columns: fc.integer({ min: 1, max: 12 }),
    rows: fc.integer({ min: 1, max: 12 }),
    left: margin,
    top: margin,
    right: margin,
    bottom: margin,
  })
  .chain(({ columns, rows, left, top, right, bottom }) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: columns * rows, maxLength: columns * rows })
      .map((cells): BinaryMask => {
        const data = Uint8Array.from(cells)
        return { width: left + columns + right, height: top + rows + bottom, left, top, columns, rows, data }
      }),
  )

/** Pixels whose centre lies inside the rings, by the even-odd rule: another way from outlines back to pixels. */
export function fillRings(
  rings: readonly Ring[],
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const crossings = rings.flatMap((ring) => crossingsOf(ring, y + 0.5)).sort((a, b) => a - b)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] ?? 0) - 0.5))
      const to = Math.min(width, Math.ceil((crossings[i + 1] ?? 0) - 0.5))
      if (to > from) pixels.fill(1, y * width + from, y * width + to)
    }
  }
  return pixels
}

function crossingsOf(ring: Ring, y: number): number[] {
  return ring.flatMap((x1, index) => {
    if (index % 2 === 1) return []
    const y1 = ring[index + 1] ?? 0
    const x2 = ring[(index + 2) % ring.length] ?? 0
    const y2 = ring[(index + 3) % ring.length] ?? 0
    return y1 <= y === y2 <= y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)]
  })
}

export function overlap(a: Uint8Array, b: Uint8Array): number {
  let [both, either] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    if (a[i] && b[i]) both++
    if (a[i] || b[i]) either++
  }
  return either === 0 ? 1 : both / either
}

/** All pixels of an image, row by row, from a mask's run lengths. Throws where these are of another image. */
export function pixelsOfRuns(
  { rle }: { readonly rle: string },
  image: { readonly width: number; readonly height: number },
): Uint8Array {
  const { width, height } = image
  const pixels = new Uint8Array(width * height)
  let at = 0
  for (const [index, run] of decompressRuns(rle).entries()) {
    for (const end = at + run; at < end; at++) {
      if (index % 2 === 1) pixels[(at % height) * width + Math.floor(at / height)] = 1
    }
  }
  if (at !== pixels.length) throw new Error(`runs of ${at} pixels in an image of ${width}x${height}`)
  return pixels
}
