/**
 * IEEE 754 half precision as 16-bit patterns, because JavaScript has no Float16Array before Node 24. Both ways are exact
 * on what the other side can hold: every half, NaN payloads and infinities too, comes back as it was.
 */

/** The smallest float32 pattern that rounds to infinity: 65520, half way between the largest half and 2^16. */
const overflow = 0x477ff000
/** Patterns of 2^-14, the smallest normal half, and of 0.5, whose unit in the last place as float32 is a half's smallest step. */
const smallestNormal = 0x38800000
const oneHalf = 0x3f000000
const infinity32 = 0x7f800000
const infinity16 = 0x7c00

/** Rounds each value to the nearest half, ties to even, overflowing to infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const halves = new Uint16Array(values.length)
  const sum = new Float32Array(1)
  const sumBits = new Uint32Array(sum.buffer)
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i] ?? 0
    const sign = (pattern >>> 16) & 0x8000
    const magnitude = pattern & 0x7fffffff
    if (magnitude < smallestNormal) {
      // The addition rounds to multiples of 2^-24, as the processor rounds everything: to nearest, ties to even.
      sum[0] = Math.abs(values[i] ?? 0) + 0.5
      halves[i] = sign | ((sumBits[0] ?? 0) - oneHalf)
    } else if (magnitude < overflow) {
      const tieToEven = (magnitude >>> 13) & 1
      halves[i] = sign | ((magnitude - 0x38000000 + 0xfff + tieToEven) >>> 13)
    } else if (magnitude <= infinity32) {
      halves[i] = sign | infinity16
    } else {
      // A payload that does not fit must not turn a NaN into infinity.
      halves[i] = sign | infinity16 | ((magnitude >>> 13) & 0x3ff || 0x200)
    }
  }
  return halves
}

/** The value of each half; exact. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length)
  const bits = new Uint32Array(values.buffer)
  for (let i = 0; i < halves.length; i++) bits[i] = patterns()[halves[i] ?? 0] ?? 0
  return values
}

let known: Uint32Array | null = null

/** The float32 pattern of every half: a look-up is what makes reading a model's outputs cheap. */
function patterns(): Uint32Array {
  known ??= Uint32Array.from({ length: 1 << 16 }, (_, half) => patternOf(half))
  return known
}

function patternOf(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | infinity32 | (fraction << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  // Subnormal: a whole number of steps of 2^-24, which float32 holds as a normal number.
  return sign | (new Uint32Array(Float32Array.of(fraction * 2 ** -24).buffer)[0] ?? 0)
}
