import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromFloat16, toFloat16 } from '../../../src/models/sessions/float16.js'

const everyHalf = Uint16Array.from({ length: 1 << 16 }, (_, half) => half)

/** The value of a half by its definition (IEEE 754-2008, section 3.4). */
function definition(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const fraction = (half & 1023) / 1024
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15)
}

/** The halves around a value by search among all of them; of the nearer one, or of the even one where both are as near. */
const finite = [...everyHalf.subarray(0, 0x7c00)].map((half) => ({ half, value: definition(half) }))
function nearest(value: number): number {
  const magnitude = Math.abs(value)
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  let [low, high] = [0, finite.length]
  while (low + 1 < high) {
    const middle = (low + high) >>> 1
    if ((finite[middle]?.value ?? 0) <= magnitude) low = middle
    else high = middle
  }
  // Beyond the largest half the next one would be 2^16, which stands for infinity.
  const below = finite[low]?.value ?? 0
  const above = finite[high]?.value ?? 2 ** 16
  const [down, up] = [magnitude - below, above - magnitude]
  return sign | (down < up || (down === up && low % 2 === 0) ? low : low + 1)
}

describe('float16', () => {
  it('reads every half as its definition says', () => {
    const values = fromFloat16(everyHalf)
    for (const half of everyHalf) {
      if (!Object.is(values[half], definition(half))) expect([half, values[half]]).toEqual([half, definition(half)])
    }
  })

  it('brings every half back, signs of zero and payloads of NaN too', () => {
    expect(toFloat16(fromFloat16(everyHalf))).toEqual(everyHalf)
  })

  it('rounds what lies between two halves to the nearer, or to the even one', () => {
    const positive = fromFloat16(everyHalf.subarray(0, 0x7c00))
    for (let half = 0; half + 1 < positive.length; half++) {
      const [low, high] = [positive[half] ?? 0, positive[half + 1] ?? 0]
      const middle = (low + high) / 2
      const step = (high - low) / 512
      const [below, tie, above] = toFloat16(Float32Array.of(middle - step, middle, middle + step))
      const wanted = [half, half % 2 === 0 ? half : half + 1, half + 1]
      if (below !== wanted[0] || tie !== wanted[1] || above !== wanted[2]) expect([below, tie, above]).toEqual(wanted)
    }
  })

  it('rounds any float32 as a search among all halves does', () => {
    const patterns = fc.integer({ min: 0, max: 0xffffffff }).map((bits) => {
      return new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0
    })
    const near = fc.double({ min: -70_000, max: 70_000, noNaN: true }).map(Math.fround)
    const small = fc.double({ min: -(2 ** -13), max: 2 ** -13, noNaN: true }).map(Math.fround)
    fc.assert(
      fc.property(fc.oneof(patterns, near, small), (value) => {
        const [half = 0] = toFloat16(Float32Array.of(value))
        if (Number.isNaN(value)) expect(definition(half)).toBeNaN()
        else expect(half).toBe(nearest(value))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    [65_504, 0x7bff],
    [65_519.99609375, 0x7bff],
    [65_520, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [-0, 0x8000],
    [Number.NaN, 0x7e00],
  ])('writes %d', (value, half) => {
    expect(toFloat16(Float32Array.of(value))[0]).toBe(half)
  })

  it('reads a view of a larger buffer', () => {
    const larger = Float32Array.of(9, 1, -2, 9)
    expect([...fromFloat16(toFloat16(larger.subarray(1, 3)))]).toEqual([1, -2])
  })
})
