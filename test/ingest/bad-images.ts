import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** A picture of waves, another one for each seed, so that perceptual hashes differ. */
export function picture(seed: number, width = 96, height = 64): Sharp {
  const data = Buffer.alloc(width * height * 3)
  let state = (seed + 1) >>> 0
  // mulberry32
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const waves = Array.from({ length: 8 }, () => [random() * 20, random() * 20, random() * 6, random() * 30] as const)
  for (let at = 0; at < width * height; at++) {
    const x = (at % width) / width
    const y = Math.floor(at / width) / height
    const value = waves.reduce((sum, [fx, fy, phase, gain]) => sum + gain * Math.sin(fx * x + fy * y + phase), 128)
    for (let channel = 0; channel < 3; channel++)
      data[at * 3 + channel] = Math.max(0, Math.min(255, value + channel * 9))
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** A PNG whose header, with a right checksum, claims another size than its pixels have. */
export async function pngClaiming(width: number, height: number): Promise<Buffer> {
  const png = await picture(1).png().toBuffer()
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}

function pngChunk(type: string, body: Buffer): Buffer {
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), body, Buffer.alloc(4)])
  chunk.writeUInt32BE(body.length, 0)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4)
  return chunk
}

/** An animated PNG of two frames: `acTL` and `fcTL` before the pixels, one `fdAT` after them. */
export async function animatedPng(): Promise<Buffer> {
  const png = await picture(2, 32, 32).png().toBuffer()
  const control = Buffer.alloc(8)
  control.writeUInt32BE(2, 0)
  const frame = (sequence: number): Buffer => {
    const body = Buffer.alloc(26)
    for (const [at, value] of [sequence, 32, 32].entries()) body.writeUInt32BE(value, at * 4)
    return pngChunk('fcTL', body)
  }
  const data = png.indexOf('IDAT') - 4
  const end = png.indexOf('IEND') - 4
  const pixels = png.subarray(data + 8, data + 8 + png.readUInt32BE(data))
  const second = pngChunk('fdAT', Buffer.concat([Buffer.from([0, 0, 0, 2]), pixels]))
  const header = [png.subarray(0, data), pngChunk('acTL', control), frame(0)]
  return Buffer.concat([...header, png.subarray(data, end), frame(1), second, png.subarray(end)])
}

/** Three different pages of 32 x 32 pixels, one above the other, as sharp joins them. */
export function animation(): Sharp {
  const data = Buffer.from(
    Array.from({ length: 32 * 96 * 3 }, (_, at) => (Math.floor(at / (32 * 32 * 3)) * 80 + at) % 256),
  )
  return sharp(data, { raw: { width: 32, height: 96, channels: 3, pageHeight: 32 } })
}

/** A grey TIFF of 16 x 16 samples in 32-bit floating point, which sharp itself does not write (TIFF 6.0, section 2). */
export function floatTiff(): Buffer {
  const side = 16
  const [short, long] = [3, 4]
  const pixelsAt = 8 + 2 + 10 * 12 + 4
  const pixels = new Float32Array(side * side).map((_, at) => at / 256)
  const tags = [
    [256, short, side],
    [257, short, side],
    [258, short, 32],
    [259, short, 1],
    [262, short, 1],
    [273, long, pixelsAt],
    [277, short, 1],
    [278, short, side],
    [279, long, pixels.byteLength],
    [339, short, 3],
  ] as const
  const header = Buffer.alloc(pixelsAt)
  header.write('II*\0', 'latin1')
  header.writeUInt32LE(8, 4)
  header.writeUInt16LE(tags.length, 8)
  for (const [index, [tag, type, value]] of tags.entries()) {
    const at = 10 + index * 12
    header.writeUInt16LE(tag, at)
    header.writeUInt16LE(type, at + 2)
    header.writeUInt32LE(1, at + 4)
    header.writeUInt32LE(value, at + 8)
  }
  return Buffer.concat([header, Buffer.from(pixels.buffer)])
}
