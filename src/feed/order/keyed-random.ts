import { createHash } from 'node:crypto'

/** What an order depends on; equal keys give equal orders on every machine. */
export type OrderKey = readonly (string | number)[]

/**
 * xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c): whole numbers below 2^32. Made of
 * 32-bit operations alone, so that every engine says the same. The state must not be all zero.
 */
export function xoshiro128StarStar(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** A permutation of 0 to `length` - 1, drawn by a key: Fisher and Yates's shuffle, without the bias of a bare remainder. */
export function permutation(length: number, key: OrderKey): Uint32Array {
  const digest = digestOf(key)
  const word = (index: number) => digest.readUInt32LE(4 * index)
  const next = xoshiro128StarStar([word(0), word(1), word(2), word(3)])
  const order = Uint32Array.from({ length }, (_, index) => index)
  for (let last = length - 1; last > 0; last--) {
    const drawn = below(last + 1, next)
    const moved = order[drawn] ?? 0
    order[drawn] = order[last] ?? 0
    order[last] = moved
  }
  return order
}

/** A number of [0, 1) that a key settles: 48 bits of its sha256. */
export function keyedFraction(key: OrderKey): number {
  return digestOf(key).readUIntBE(0, 6) / 2 ** 48
}

/** A number below `limit`, each as likely: draws of the last, incomplete stretch of multiples are drawn again. */
function below(limit: number, next: () => number): number {
  const whole = 2 ** 32 - (2 ** 32 % limit)
  let drawn = next()
  while (drawn >= whole) drawn = next()
  return drawn % limit
}

function digestOf(key: OrderKey): Buffer {
  return createHash('sha256').update(JSON.stringify(key)).digest()
}
