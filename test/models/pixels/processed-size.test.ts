import { describe, expect, it } from 'vitest'
import { processedSize, type SizeRule } from '../../../src/models/pixels/processed-size.js'

/** Width and height, and what transformers 5.18 makes of them. */
type Sizes = readonly (readonly [number, number, number, number])[]

function expectSizes(rule: SizeRule, sizes: Sizes): void {
  for (const [width, height, toWidth, toHeight] of sizes) {
    expect(processedSize({ width, height }, rule), `${width}x${height}`).toEqual({ width: toWidth, height: toHeight })
  }
}

describe('processedSize', () => {
  it('stretches to an exact size', () => {
    expectSizes({ kind: 'exact', width: 60, height: 50 }, [[97, 203, 60, 50]])
  })

  it('cuts the longer side to whole pixels where the shorter is given', () => {
    expectSizes({ kind: 'shortest', edge: 64 }, [
      [320, 240, 85, 64],
      [240, 320, 64, 85],
      [301, 211, 91, 64],
      [64, 120, 64, 120],
    ])
  })

  it('never exceeds the longest side', () => {
    expectSizes({ kind: 'shortest', edge: 64, longest: 107 }, [
      [97, 203, 51, 107],
      [203, 97, 107, 51],
      [50, 211, 25, 107],
      [107, 64, 107, 64],
      [601, 499, 77, 64],
    ])
    // The side that is given is rounded, the other is cut from the fraction.
    expectSizes({ kind: 'shortest', edge: 80, longest: 80 }, [
      [97, 203, 38, 79],
      [129, 130, 79, 80],
    ])
  })

  it('cuts both sides to a multiple', () => {
    expectSizes({ kind: 'shortest', edge: 64, longest: 107, multiple: 16 }, [
      [97, 203, 48, 96],
      [50, 211, 16, 96],
      [129, 130, 64, 64],
    ])
  })

  it('rounds where the longest side is given', () => {
    expectSizes({ kind: 'longest', edge: 128 }, [
      [301, 211, 128, 90],
      [180, 240, 96, 128],
    ])
    expectSizes({ kind: 'longest', edge: 1720 }, [[570, 2351, 417, 1720]])
  })

  it('fits into the largest width and height', () => {
    expectSizes({ kind: 'inside', width: 50, height: 70 }, [
      [97, 203, 33, 70],
      [203, 97, 50, 23],
    ])
  })

  it('leaves at least a pixel', () => {
    expectSizes({ kind: 'longest', edge: 10 }, [[1, 900, 1, 10]])
  })
})
