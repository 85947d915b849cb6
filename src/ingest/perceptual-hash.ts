/** Side of the luminance square that the hash is taken from. */
export const hashSide = 32
const kept = 8

/** cosines[k * hashSide + x]: the k-th basis vector of DCT-II, unscaled: the hash compares coefficients of one picture only. */
const cosines = Float64Array.from({ length: (kept + 1) * hashSide }, (_, index) => {
  const frequency = Math.floor(index / hashSide)
  const x = index % hashSide
  return Math.cos((Math.PI / hashSide) * (x + 0.5) * frequency)
})

function project(values: ArrayLike<number>, start: number, step: number, frequency: number): number {
  let sum = 0
  for (let x = 0; x < hashSide; x++) {
    sum += (values[start + x * step] ?? 0) * (cosines[frequency * hashSide + x] ?? 0)
  }
  return sum
}

/** The 8 x 8 lowest frequencies without the constant row and column, row by row. */
function lowFrequencies(luma: Uint8Array): number[] {
  const rows = new Float64Array(hashSide * (kept + 1))
  for (let y = 0; y < hashSide; y++) {
    for (let k = 1; k <= kept; k++) rows[y * (kept + 1) + k] = project(luma, y * hashSide, 1, k)
  }
  const coefficients: number[] = []
  for (let v = 1; v <= kept; v++) {
    for (let u = 1; u <= kept; u++) coefficients.push(Math.round(project(rows, u, kept + 1, v) * 1000) / 1000)
  }
  return coefficients
}

/**
 * 64-bit perceptual hash of a picture, as 16 hex digits: DCT-II of its 32 x 32 luminance (stretched, row by row, 0-255),
 * one bit for each of the 8 x 8 lowest frequencies beside the constant ones, set where the coefficient is above their
 * median (pHash: Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2.1).
 * Re-encoding and resizing move few bits. Half of the bits are set, so two hashes
 * differ in an even number of them; a picture without any structure hashes to zeros.
 */
export function perceptualHash(luma: Uint8Array): string {
  const coefficients = lowFrequencies(luma)
  const sorted = [...coefficients].sort((a, b) => a - b)
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2
  let hash = 0n
  for (const coefficient of coefficients) hash = (hash << 1n) | (coefficient > median ? 1n : 0n)
  return hash.toString(16).padStart(16, '0')
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/** How many of the 64 bits of two perceptual hashes differ. */
export function hammingDistance(a: string, b: string): number {
  const high = Number.parseInt(a.slice(0, 8), 16) ^ Number.parseInt(b.slice(0, 8), 16)
  const low = Number.parseInt(a.slice(8), 16) ^ Number.parseInt(b.slice(8), 16)
  return countBits(high) + countBits(low)
}
