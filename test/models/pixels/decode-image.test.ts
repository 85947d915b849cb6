import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'

/** Three pixels wide, two high; every channel of every pixel is different. */
const pixels = Uint8Array.from({ length: 18 }, (_, i) => i * 14)
const raw = { width: 3, height: 2, channels: 3 } as const
const image = () => sharp(pixels, { raw })

/** The first channel, row by row. */
function reds(data: Uint8Array): number[] {
  return [...data].filter((_, i) => i % 3 === 0)
}

describe('decoding', () => {
  it.each(['png', 'tiff', 'gif'] as const)('gives the pixels of a %s', async (format) => {
    const bytes = await image()
      .toFormat(format, { gif: { dither: 0 }, png: {}, tiff: { compression: 'lzw' } }[format])
      .toBuffer()
    expect(await decodeImage(bytes)).toEqual({ width: 3, height: 2, data: pixels })
  })

  it.each([
    [1, [0, 42, 84, 126, 168, 210]],
    [2, [84, 42, 0, 210, 168, 126]],
    [3, [210, 168, 126, 84, 42, 0]],
    [4, [126, 168, 210, 0, 42, 84]],
    [5, [0, 126, 42, 168, 84, 210]],
    [6, [126, 0, 168, 42, 210, 84]],
    [7, [210, 84, 168, 42, 126, 0]],
    [8, [84, 210, 42, 168, 0, 126]],
  ])('applies EXIF orientation %i', async (orientation, expected) => {
    const { width, height, data } = await decodeImage(await image().png().withMetadata({ orientation }).toBuffer())
    expect([width, height]).toEqual(orientation < 5 ? [3, 2] : [2, 3])
    expect(reds(data)).toEqual(expected)
  })

  it('drops alpha and does not blend it', async () => {
    const data = Uint8Array.of(200, 100, 50, 0, 10, 20, 30, 128)
    const bytes = await sharp(data, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer()
    expect([...(await decodeImage(bytes)).data]).toEqual([200, 100, 50, 10, 20, 30])
  })

  it('spreads grey, with and without alpha, over three channels', async () => {
    const grey = await sharp(Uint8Array.of(7, 200), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect((await sharp(grey).metadata()).channels).toBe(1)
    expect([...(await decodeImage(grey)).data]).toEqual([7, 7, 7, 200, 200, 200])
    const alpha = sharp(Uint8Array.of(7, 0, 200, 9), { raw: { width: 2, height: 1, channels: 2 } })
    const bytes = await alpha.toColourspace('b-w').png().toBuffer()
    expect((await sharp(bytes).metadata()).channels).toBe(2)
    expect([...(await decodeImage(bytes)).data]).toEqual([7, 7, 7, 200, 200, 200])
  })

  it('takes the colours of a palette', async () => {
    const colours = Uint8Array.of(255, 0, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0)
    const picture = sharp(colours, { raw: { width: 2, height: 2, channels: 3 } })
    const bytes = await picture.png({ palette: true, dither: 0 }).toBuffer()
    expect((await sharp(bytes).metadata()).isPalette).toBe(true)
    expect((await decodeImage(bytes)).data).toEqual(colours)
  })

  it.each([
    ['rgb16', 3],
    ['grey16', 1],
  ] as const)('keeps the high byte of 16 bits: %s', async (space, channels) => {
    const values = Uint16Array.from({ length: 2 * channels }, (_, i) => 0x1280 + i * 0x2300)
    const bytes = await sharp(values, { raw: { width: 2, height: 1, channels } })
      .toColourspace(space)
      .png()
      .toBuffer()
    expect((await sharp(bytes).metadata()).depth).toBe('ushort')
    const high = [...values].map((value) => value >> 8)
    const expected = channels === 3 ? high : high.flatMap((value) => [value, value, value])
    expect([...(await decodeImage(bytes)).data]).toEqual(expected)
  })

  it('turns inks into the colours they print', async () => {
    const white = sharp({ create: { width: 8, height: 8, channels: 3, background: 'white' } })
    const bytes = await white
      .composite([{ input: await redSquare(), left: 0, top: 0 }])
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer()
    expect((await sharp(bytes).metadata()).space).toBe('cmyk')
    const { data } = await decodeImage(bytes)
    const [red = 0, green = 0, blue = 0] = data
    expect(red).toBeGreaterThan(180)
    expect(green).toBeLessThan(90)
    expect(blue).toBeLessThan(90)
    expect(Math.min(...data.subarray(-3))).toBeGreaterThan(240)
  })

  it('does not apply a colour profile, as the libraries that models are trained with do not', async () => {
    const bytes = await image().withIccProfile('p3', { attach: true }).png().toBuffer()
    const { hasProfile } = await sharp(bytes).metadata()
    expect(hasProfile).toBe(true)
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer()
    const applied = await sharp(bytes).raw().toBuffer()
    expect(Buffer.compare(stored, applied)).not.toBe(0)
    expect((await decodeImage(bytes)).data).toEqual(new Uint8Array(stored))
  })

  it('decodes the first frame of an animation', async () => {
    const frames = sharp([await redSquare(), await image().resize(4, 4).png().toBuffer()], { join: { animated: true } })
    const bytes = await frames.gif().toBuffer()
    expect((await sharp(bytes).metadata()).pages).toBe(2)
    const { width, height, data } = await decodeImage(bytes)
    expect([width, height]).toEqual([4, 4])
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0])
  })
})

describe('what cannot be decoded', () => {
  const refused = { name: 'FldError', code: 'image_refused' }

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('not an image at all')],
  ])('refuses %s', async (_, bytes) => {
    await expect(decodeImage(bytes)).rejects.toMatchObject(refused)
  })

  it('refuses a truncated file, unless it is asked for what is there', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
    const create = { width: 64, height: 64, channels: 3, background: 'black', noise } as const
    const whole = await sharp({ create }).jpeg().toBuffer()
    const half = whole.subarray(0, whole.length / 2)
    await expect(decodeImage(half)).rejects.toMatchObject(refused)
    expect((await decodeImage(half, { failOn: 'none' })).width).toBe(64)
  })

  it('refuses more pixels than allowed', async () => {
    const bytes = await image().png().toBuffer()
    await expect(decodeImage(bytes, { pixelLimit: 5 })).rejects.toMatchObject(refused)
    expect((await decodeImage(bytes, { pixelLimit: 6 })).width).toBe(3)
  })

  it('stops when the signal fires', async () => {
    const bytes = await image().png().toBuffer()
    const aborted = { name: 'FldError', code: 'aborted' }
    await expect(decodeImage(bytes, { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted)
    const stop = new AbortController()
    const decoding = decodeImage(bytes, { signal: stop.signal })
    stop.abort()
    await expect(decoding).rejects.toMatchObject(aborted)
  })
})

function redSquare(): Promise<Buffer> {
  return sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
}
