import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type CheckedImage, checkImage } from '../../src/ingest/check-image.js'
import { hammingDistance } from '../../src/ingest/perceptual-hash.js'
import { ingestSettingsSchema } from '../../src/ingest/settings.js'
import { animatedPng, animation, floatTiff, picture, pngClaiming } from './bad-images.js'

const limits = ingestSettingsSchema.parse({})

async function check(encoded: Uint8Array, name: string, changes: Partial<typeof limits> = {}) {
  return checkImage(encoded, { name, limits: { ...limits, ...changes } })
}
async function accepted(encoded: Uint8Array, name: string): Promise<CheckedImage> {
  const result = await check(encoded, name)
  if (result.kind !== 'image') throw new Error(`${name} was refused: ${result.reason}: ${result.detail}`)
  return result
}
async function refused(encoded: Uint8Array, name: string, changes: Partial<typeof limits> = {}) {
  const result = await check(encoded, name, changes)
  if (result.kind !== 'refused') throw new Error(`${name} was let in`)
  return result
}
const truncate = (bytes: Buffer, kept: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * kept))

describe('checkImage lets in', () => {
  it.each([
    ['jpeg', 'a.jpg'],
    ['jpeg', 'a.JPEG'],
    ['png', 'a.png'],
    ['webp', 'a.webp'],
    ['avif', 'a.avif'],
    ['tiff', 'a.tif'],
    ['gif', 'a.gif'],
  ] as const)('%s named %s, with its size and without notes', async (format, name) => {
    const image = await accepted(await picture(3).toFormat(format).toBuffer(), name)
    expect(image).toMatchObject({ format, width: 96, height: 64 })
    // sharp writes every GIF with a transparent colour.
    expect(image.notes).toEqual(format === 'gif' ? ['alpha'] : [])
    expect(image.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(image.phash).toMatch(/^[0-9a-f]{16}$/)
  })

  it('a wrong extension and a name without one, by content', async () => {
    const png = await picture(3).png().toBuffer()
    expect((await accepted(png, 'photo.jpg')).notes).toEqual(['wrong_extension: photo.jpg is png'])
    expect((await accepted(png, 'photo')).notes).toEqual([])
  })

  it('CMYK, 16-bit and transparent images, noted', async () => {
    const cmyk = await picture(3).toColourspace('cmyk').jpeg().toBuffer()
    expect((await sharp(cmyk).metadata()).channels).toBe(4)
    expect((await accepted(cmyk, 'a.jpg')).notes).toEqual(['cmyk'])
    const deep = await picture(3).toColourspace('rgb16').png().toBuffer()
    expect((await sharp(deep).metadata()).depth).toBe('ushort')
    expect((await accepted(deep, 'a.png')).notes).toEqual(['16_bit'])
    expect((await accepted(await picture(3).ensureAlpha(0.5).png().toBuffer(), 'a.png')).notes).toEqual(['alpha'])
  })

  it('the sizes and the hash of every EXIF orientation as the upright image has them', async () => {
    const upright = await accepted(await picture(3).png().toBuffer(), 'a.png')
    // What each orientation's viewer undoes, applied beforehand (EXIF 2.32, table 6).
    const stored = [
      picture(3),
      picture(3).flop(),
      picture(3).rotate(180),
      picture(3).flip(),
      sharp(await picture(3).rotate(90).png().toBuffer()).flop(),
      picture(3).rotate(270),
      sharp(await picture(3).rotate(270).png().toBuffer()).flop(),
      picture(3).rotate(90),
    ]
    for (const [index, pixels] of stored.entries()) {
      const orientation = index + 1
      const image = await accepted(await pixels.withMetadata({ orientation }).png().toBuffer(), 'a.png')
      expect(image).toMatchObject({ width: 96, height: 64 })
      expect(image.notes).toEqual(orientation === 1 ? [] : [`exif_orientation: ${orientation}`])
      expect(hammingDistance(image.phash, upright.phash), `orientation ${orientation}`).toBeLessThanOrEqual(2)
    }
  })
})

describe('checkImage refuses', () => {
  it.each([
    ['jpeg', 0.5],
    ['jpeg', 0.99],
    ['png', 0.5],
    ['webp', 0.5],
    ['gif', 0.5],
    ['avif', 0.5],
    ['tiff', 0.5],
  ] as const)('%s cut off at %d of its length: truncated', async (format, kept) => {
    const whole = await picture(3, 200, 150).toFormat(format).toBuffer()
    const refusal = await refused(truncate(whole, kept), `a.${format}`)
    expect(refusal.reason).toBe('truncated')
    expect(refusal.bytes).toBe(Math.floor(whole.length * kept))
    expect(refusal.detail).toContain(format)
  })

  it('damage inside a whole file: unreadable', async () => {
    const png = await picture(3, 200, 150).png().toBuffer()
    png.fill(0xa5, png.length >> 1, (png.length >> 1) + 200)
    expect((await refused(png, 'a.png')).reason).toBe('unreadable')
  })

  it('an empty file, and text named like an image', async () => {
    expect(await refused(new Uint8Array(), 'a.jpg')).toMatchObject({ reason: 'zero_bytes', bytes: 0 })
    const text = await refused(Buffer.from('<html>404</html>'), 'a.jpg')
    expect(text.reason).toBe('not_an_image')
    expect(text.detail).toContain('<html>404')
    expect(text.detail).toContain('allowed are JPEG')
  })

  it('a header that claims more pixels than allowed, without decoding them', async () => {
    const refusal = await refused(await pngClaiming(60_000, 60_000), 'bomb.png')
    expect(refusal.reason).toBe('too_many_pixels')
    expect(refusal.detail).toBe('60000 x 60000 pixels are 3600000000; allowed are 100000000')
    expect((await refused(await picture(3).png().toBuffer(), 'a.png', { max_pixels: 6143 })).reason).toBe(
      'too_many_pixels',
    )
    expect((await check(await picture(3).png().toBuffer(), 'a.png', { max_pixels: 6144 })).kind).toBe('image')
  })

  it('1 x 1 and other tiny images', async () => {
    expect((await refused(await picture(3, 1, 1).png().toBuffer(), 'a.png')).reason).toBe('too_small')
    expect((await refused(await picture(3, 400, 7).png().toBuffer(), 'a.png')).reason).toBe('too_small')
    expect((await check(await picture(3, 400, 8).png().toBuffer(), 'a.png')).kind).toBe('image')
  })

  it('animations', async () => {
    for (const [name, encoded] of [
      ['a.gif', await animation().gif().toBuffer()],
      ['a.webp', await animation().webp().toBuffer()],
      ['a.png', await animatedPng()],
    ] as const) {
      const refusal = await refused(encoded, name)
      expect(refusal.reason).toBe('animated')
      expect(refusal.detail).toMatch(/with [23] frames; allowed is 1/)
    }
  })

  it('picture formats that are not let in', async () => {
    const svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
    const files = { svg: Buffer.from(svg), pdf: Buffer.from('%PDF-1.7\n'), heic }
    for (const [format, encoded] of Object.entries(files)) {
      const refusal = await refused(encoded, `a.${format}`)
      expect(refusal).toMatchObject({ reason: 'unsupported_format', sha256: expect.any(String) })
      expect(refusal.detail).toContain(`the file is ${format}; allowed are`)
    }
  })

  it('samples that are not integers of 8 or 16 bits', async () => {
    expect((await sharp(floatTiff()).metadata()).depth).toBe('float')
    const refusal = await refused(floatTiff(), 'a.tif')
    expect(refusal).toMatchObject({ reason: 'unsupported_format', detail: expect.stringContaining('float') })
  })
})
