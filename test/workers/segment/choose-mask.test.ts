import { describe, expect, it } from 'vitest'
import type { Box } from '../../../schemas/geometry.js'
import { boxFit, chooseMask, type GridFrame } from '../../../workers/segment/choose-mask.js'
import type { LogitGrid } from '../../../workers/segment/logit-field.js'

/** Each cell is two pixels of the image; the last column and row are padding. */
const frame: GridFrame = { stepX: 2, stepY: 2, gridColumns: 9, gridRows: 9 }
const box: Box = [4, 4, 12, 12]

describe('boxFit', () => {
  it('is 1 for a mask that fills the box, 0 for one outside of it or none', () => {
    expect(boxFit(grid([2, 2, 6, 6]), box, frame)).toBe(1)
    expect(boxFit(grid([6, 6, 8, 8]), box, frame)).toBe(0)
    expect(boxFit(grid(), box, frame)).toBe(0)
  })

  it('is the part of the box that a mask inside of it spans', () => {
    expect(boxFit(grid([2, 2, 4, 6]), box, frame)).toBe(0.5)
    // Two corners span the whole box.
    expect(boxFit(grid([2, 2, 3, 3], [5, 5, 6, 6]), box, frame)).toBe(1)
  })

  it('is less by the part of the mask that lies outside, wherever', () => {
    expect(boxFit(grid([2, 2, 6, 8]), box, frame)).toBeCloseTo(16 / 24)
    expect(boxFit(grid([2, 2, 6, 6], [8, 0, 9, 1]), box, frame)).toBeCloseTo(16 / 17)
  })

  it('does not see the padding', () => {
    expect(boxFit(grid([2, 2, 6, 6], [0, 9, 10, 10], [9, 0, 10, 10]), box, frame)).toBe(1)
  })

  it('finds a box smaller than a cell', () => {
    expect(boxFit(grid([2, 2, 3, 3]), [5, 5, 5.5, 5.5], frame)).toBe(1)
  })
})

describe('chooseMask', () => {
  const whole = grid([0, 0, 9, 9])
  const object = grid([2, 2, 6, 6])
  const part = grid([2, 2, 4, 4])

  it('takes the mask that fits the box, not the one that the model is surest of', () => {
    expect(chooseMask([whole, object, part], [0.95, 0.8, 0.9], box, frame)).toBe(1)
  })

  it('takes the surer one of those that fit alike', () => {
    expect(chooseMask([object, object, part], [0.7, 0.8, 0.9], box, frame)).toBe(1)
  })

  it('takes none where none is in the box or worth anything', () => {
    expect(chooseMask([grid([7, 7, 9, 9]), grid()], [0.9, 0.9], box, frame)).toBeNull()
    expect(chooseMask([object], [-0.1], box, frame)).toBeNull()
  })
})

/** 10 x 10 cells, foreground in the given rectangles: from column and row, to column and row. */
function grid(...rectangles: readonly (readonly [number, number, number, number])[]): LogitGrid {
  const logits = Float32Array.from({ length: 100 }, (_, at) => {
    const [x, y] = [at % 10, Math.floor(at / 10)]
    return rectangles.some(([x1, y1, x2, y2]) => x >= x1 && x < x2 && y >= y1 && y < y2) ? 1 : -1
  })
  return { width: 10, height: 10, logits }
}
