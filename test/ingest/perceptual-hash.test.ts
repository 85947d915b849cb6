import { readdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { checkImage } from '../../src/ingest/check-image.js'
import { hammingDistance, perceptualHash } from '../../src/ingest/perceptual-hash.js'
import { ingestSettingsSchema } from '../../src/ingest/settings.js'
import { describeWithReference, referencePath } from '../reference-data.js'

const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0'))

describe('hammingDistance', () => {
  it('counts the bits that differ', () => {
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        const bits = (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length
        expect(hammingDistance(a, b)).toBe(bits)
      }),
    )
  })
})

describe('perceptualHash', () => {
  it('has half of its bits set, and none for a flat picture', () => {
    const noise = Uint8Array.from({ length: 1024 }, (_, at) => 128 + 90 * Math.sin(at * at))
    expect(hammingDistance(perceptualHash(noise), '0'.repeat(16))).toBe(32)
    for (const level of [0, 77, 255]) expect(perceptualHash(new Uint8Array(1024).fill(level))).toBe('0'.repeat(16))
  })

  it('does not move with brightness and contrast', () => {
    const luma = Uint8Array.from({ length: 1024 }, (_, at) => ((at * 7919) % 101) + 20)
    expect(perceptualHash(luma.map((value) => value * 2 + 10))).toBe(perceptualHash(luma))
  })
})

const limits = ingestSettingsSchema.parse({})
async function hashOf(encoded: Uint8Array): Promise<string> {
  const image = await checkImage(encoded, { name: 'a', limits })
  if (image.kind !== 'image') throw new Error(image.detail)
  return image.phash
}

describeWithReference('perceptualHash of photographs', ['photos/coco_mini/val2017'], () => {
  const folder = referencePath('photos/coco_mini/val2017')

  it('stays within 4 bits for most re-encoded and resized copies, and far off for other photographs', async () => {
    const names = (await readdir(folder)).sort().slice(0, 20)
    const originals: string[] = []
    const moved: number[] = []
    for (const name of names) {
      const encoded = await readFile(`${folder}/${name}`)
      const original = await hashOf(encoded)
      originals.push(original)
      const copies = [
        sharp(encoded).jpeg({ quality: 40 }),
        sharp(encoded).resize({ width: 320 }).webp(),
        sharp(encoded).resize({ width: 900 }).png(),
      ]
      for (const copy of copies) moved.push(hammingDistance(original, await hashOf(await copy.toBuffer())))
    }
    expect(moved.filter((distance) => distance <= 4).length / moved.length).toBeGreaterThan(0.97)
    const others = originals.flatMap((a, at) => originals.slice(at + 1).map((b) => hammingDistance(a, b)))
    expect(others.filter((distance) => distance <= 12)).toEqual([])
  })
})
