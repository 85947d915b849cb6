import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressRuns, decompressRuns, maskRuns } from '../../schemas/mask-rle.js'
import { anyMask, maskOf, wholeImage } from '../workers/segment/masks.js'

/** Written by pycocotools 2.0.11 (mask.encode of the Fortran-ordered array). */
const written = [
  { name: 'nothing', rows: ['....', '....', '....'], rle: '<' },
  { name: 'everything', rows: ['####', '####', '####'], rle: '0<' },
  { name: 'a block', rows: ['.....', '.###.', '.###.', '.....'], rle: '5220003' },
  { name: 'two corners', rows: ['#....', '.....', '.....', '....#'], rle: '01b00' },
  { name: 'whole columns', rows: ['..##..', '..##..', '..#...', '..##..', '..##..'], rle: ':71K9' },
  {
    name: 'noise',
    rows: ['###..#.##', '.....####', '##..#..#.', '###....#.', '..#..####', '#.###.#..', '..#.#####'],
    rle: '01110O00012OO33MN0O30MO00017OK1NO0',
  },
]
/** 300 x 200: an ellipse of 240 x 160 around 150, 100 without a circle of radius 30 around 160, 90. */
const ringWritten =
  'bT6e0_58I6J6K4L4L4L4L4M2M4M2M4M2N2N2M4M2N2N2N2N2N2O0O2N2N2N2N2O0O2N2N2O0O2N2O0O2N2O0O2O0O2O0O2O0O2O0O2O0O2O0O2O0O2O0O2O000O2O0O2O000O2O000O2O000O2O00000O2O00000O2O00000O2O0000000O2O000000000O2O000000000000PMTOd0k0ZO[Od0d0YOBd0>[ODd0<ZOHd08[OJd06ZONd02[O0d00[O2d0N[O4d0L[O6d0J\\O6d0J[O8d0H[O:d0F\\O:d0F[O<d0D[O>d0B\\O>d0B\\O>d0B[O`0d0@\\O`0d0@\\O`0d0@[Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O\\Ob0d0^O]O`0d0A[O?d0B\\O>d0B]O<d0D\\O<d0D\\O<d0D]O:d0F]O8d0H\\O8d0I\\O5d0L]O2d0N\\O2d0N]O0d00]ONd02]OLd05\\OId08^ODd0<]OBd0>^O^Od0b0]O\\Od0e0^OUOd0l0_OnNd0R1Y2001N1000001N1000001N10001N10001N10001N101N10001N101N101N101N101N101N101N101N101N101N2N101N2N101N2N2N101N2N2N2N2N101N2N2N2N2N2N3L3N2N2N3L3N3L3N3L4L4L4L4L5J6J7Hjh5'

function ring(): readonly string[] {
  const inside = (x: number, y: number): boolean =>
    ((x - 150) * 2) ** 2 + ((y - 100) * 3) ** 2 < 240 ** 2 && (x - 160) ** 2 + (y - 90) ** 2 >= 30 ** 2
  return Array.from({ length: 200 }, (_, y) =>
    Array.from({ length: 300 }, (_, x) => (inside(x, y) ? '#' : '.')).join(''),
  )
}

describe("COCO's run lengths", () => {
  it.each([...written, { name: 'an ellipse with a hole', rows: ring(), rle: ringWritten }])(
    'of $name are what pycocotools writes',
    ({ rows, rle }) => {
      const runs = maskRuns(maskOf(rows))
      expect(compressRuns(runs)).toBe(rle)
      expect(decompressRuns(rle)).toEqual(runs)
    },
  )

  it('count the columns of the whole image, whatever window the mask has', () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        const runs = maskRuns(mask)
        expect(pixelsOf(runs, mask)).toEqual(wholeImage(mask))
        expect(runs.reduce((sum, run) => sum + run, 0)).toBe(mask.width * mask.height)
        // Only the first may be empty: a mask has one description.
        expect(runs.slice(1).every((run) => run > 0)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('come back from their string', () => {
    const run = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 100_000_000 }))
    fc.assert(
      fc.property(fc.array(run, { minLength: 1 }), (runs) => {
        expect(decompressRuns(compressRuns(runs))).toEqual(runs)
      }),
    )
  })
})

function pixelsOf(runs: readonly number[], { width, height }: { width: number; height: number }): Uint8Array {
  const pixels = new Uint8Array(width * height)
  let at = 0
  for (const [index, run] of runs.entries()) {
    for (const end = at + run; at < end; at++) {
      if (index % 2 === 1) pixels[(at % height) * width + Math.floor(at / height)] = 1
    }
  }
  return pixels
}
