import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { uprightImage } from '../../../src/feed/exports/upright-image.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'

const [width, height] = [48, 32]
const grain = Buffer.from(Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 256))
const picture = () => sharp(grain, { raw: { width, height, channels: 3 } })

/** An APP1 segment whose EXIF holds an orientation of 6 and nothing else; sharp writes none without making grey RGB. */
const orientedBy6 = Buffer.from(
  ['ffe10022', '457869660000', '49492a0008000000', '0100', '120103000100000006000000', '00000000'].join(''),
  'hex',
)

/** How far the pixels are from those that annotators saw, at most. */
async function farthest(before: Uint8Array, after: Uint8Array): Promise<number> {
  const [seen, written] = [await decodeImage(before), await decodeImage(after)]
  expect([written.width, written.height]).toEqual([seen.width, seen.height])
  return seen.data.reduce((most, value, index) => Math.max(most, Math.abs(value - (written.data[index] ?? 0))), 0)
}

describe('an image that is stored turned', () => {
  test.each([
    ['png', picture().png(), 0],
    ['webp', picture().webp({ lossless: true }), 0],
    ['tiff', picture().tiff({ compression: 'lzw' }), 0],
    ['jpeg', picture().jpeg({ quality: 95 }), 16],
  ] as const)(
    '%s is written upright, in the colours and under the profile that it came with',
    async (format, made, most) => {
      const stored = await made.withMetadata({ orientation: 6, icc: 'p3' }).toBuffer()
      const upright = await uprightImage(stored)
      const header = await sharp(upright).metadata()
      expect(header).toMatchObject({ format, width: height, height: width, hasProfile: true })
      expect(header.orientation ?? 1).toBe(1)
      expect(await farthest(stored, upright)).toBeLessThanOrEqual(most)
    },
  )

  test('of grey stays grey', async () => {
    const grey = { raw: { width, height: height * 3, channels: 1 } } as const
    const plain = await sharp(grain, grey).toColourspace('b-w').jpeg().toBuffer()
    const stored = Buffer.concat([plain.subarray(0, 2), orientedBy6, plain.subarray(2)])
    expect(await sharp(stored).metadata()).toMatchObject({ channels: 1, orientation: 6 })
    expect(await sharp(await uprightImage(stored)).metadata()).toMatchObject({ channels: 1, width: height * 3 })
  })
})

test('16 bits become 8, for readers clip what has more', async () => {
  const deep = Uint16Array.from({ length: width * height }, (_, index) => (index * 43) % 65_536)
  const raw = { raw: { width, height, channels: 1 } } as const
  const stored = await sharp(deep, raw).toColourspace('grey16').png().toBuffer()
  expect(await sharp(stored).metadata()).toMatchObject({ depth: 'ushort' })
  const eight = await uprightImage(stored)
  expect(await sharp(eight).metadata()).toMatchObject({ depth: 'uchar', format: 'png' })
  expect(await farthest(stored, eight)).toBeLessThanOrEqual(1)
})

test('any other keeps its bytes', async () => {
  const stored = await picture().jpeg().withIccProfile('p3').toBuffer()
  expect(await uprightImage(stored)).toBe(stored)
})
