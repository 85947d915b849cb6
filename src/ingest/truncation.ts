import type { ImageFormat } from '../../schemas/image.js'

function boxesRunPast(bytes: Buffer): boolean {
  let at = 0
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at)
    if (size === 0) return false
    const length = size === 1 && at + 16 <= bytes.length ? Number(bytes.readBigUInt64BE(at + 8)) : size
    if (length < 8) return false
    at += length
  }
  return at > bytes.length
}

function directoryIsMissing(bytes: Buffer): boolean {
  if (bytes.length < 8) return true
  const offset = bytes.toString('latin1', 0, 2) === 'II' ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4)
  return offset >= bytes.length
}

/** What stands at the end of a whole file of each format, or how long it says it is. */
const endIsMissing: Readonly<Record<ImageFormat, (bytes: Buffer) => boolean>> = {
  jpeg: (bytes) => bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') < bytes.length - 65_536,
  png: (bytes) => !bytes.includes('IEND', Math.max(0, bytes.length - 65_536), 'latin1'),
  gif: (bytes) => bytes.at(-1) !== 0x3b,
  webp: (bytes) => bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length,
  avif: boxesRunPast,
  tiff: directoryIsMissing,
}

/**
 * Why a file that did not decode did not: true where its end is missing (an interrupted download), false where bytes
 * inside it are wrong. `message` is the decoder's.
 */
export function isTruncated(encoded: Uint8Array, format: ImageFormat, message: string): boolean {
  if (/premature end|unexpected end|end of file|truncat/i.test(message)) return true
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  return endIsMissing[format](bytes)
}
