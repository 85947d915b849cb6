import { createHash } from 'node:crypto'
import sharp, { type Metadata } from 'sharp'
import { errorMessage } from '../../schemas/errors.js'
import type { ImageFormat, RefusalReason } from '../../schemas/image.js'
import { contradictsExtension } from './file-extension.js'
import { hashSide, perceptualHash } from './perceptual-hash.js'
import type { IngestSettings } from './settings.js'
import { sniffFormat } from './sniff-format.js'
import { isTruncated } from './truncation.js'

/** An image that may enter a set. */
export interface CheckedImage {
  readonly kind: 'image'
  readonly encoded: Uint8Array
  readonly sha256: string
  /** 64-bit perceptual hash, 16 hex digits. */
  readonly phash: string
  /** Pixels, after EXIF orientation. */
  readonly width: number
  readonly height: number
  readonly format: ImageFormat
  readonly notes: readonly string[]
}

/** A file that may not, and why. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  readonly detail: string
  readonly sha256: string | null
  readonly bytes: number | null
}

export type ImageLimits = Pick<IngestSettings, 'max_pixels' | 'min_side'>

interface Verdict {
  readonly reason: RefusalReason
  readonly detail: string
}
/** The header's side of an image: what can be known before a pixel is decoded. */
type Header = Omit<CheckedImage, 'kind' | 'encoded' | 'sha256' | 'phash'>

function refuse(reason: RefusalReason, detail: string): Verdict {
  return { reason, detail }
}

function sniff(encoded: Uint8Array, name: string): ImageFormat | Verdict {
  if (encoded.length === 0) return refuse('zero_bytes', 'the file is empty')
  const sniffed = sniffFormat(encoded)
  if (sniffed?.kind === 'image') return sniffed.format
  const allowed = 'allowed are JPEG, PNG, WebP, AVIF, TIFF and GIF'
  if (sniffed !== null) return refuse('unsupported_format', `the file is ${sniffed.format}; ${allowed}`)
  const start = JSON.stringify(Buffer.from(encoded.subarray(0, 12)).toString('latin1'))
  return refuse('not_an_image', `${name} starts with ${start}, which no image format does; ${allowed}`)
}

/** The frames of an animated PNG: the `acTL` chunk stands before the pixels (PNG, third edition, section 11.3.6). */
function pngFrames(encoded: Uint8Array): number {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  let at = 8
  while (at + 12 <= bytes.length) {
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'acTL') return bytes.readUInt32BE(at + 8)
    if (type === 'IDAT') return 1
    at += 12 + bytes.readUInt32BE(at)
  }
  return 1
}

const depths: Readonly<Record<string, string>> = { ushort: '16_bit', short: '16_bit' }

function notesOf(metadata: Metadata, format: ImageFormat, name: string): string[] {
  const notes: string[] = []
  if (contradictsExtension(name, format)) notes.push(`wrong_extension: ${name} is ${format}`)
  if (metadata.space === 'cmyk') notes.push('cmyk')
  const depth = depths[metadata.depth]
  if (depth !== undefined) notes.push(depth)
  if (metadata.hasAlpha) notes.push('alpha')
  if ((metadata.orientation ?? 1) > 1) notes.push(`exif_orientation: ${metadata.orientation}`)
  if (format === 'tiff' && (metadata.pages ?? 1) > 1) notes.push(`multi_page: the first of ${metadata.pages}`)
  return notes
}

function judgeHeader(metadata: Metadata, format: ImageFormat, frames: number, limits: ImageLimits): Verdict | null {
  const { width, height, depth } = metadata
  const size = `${width} x ${height} pixels`
  if (format !== 'tiff' && frames > 1) return refuse('animated', `${format} with ${frames} frames; allowed is 1`)
  if (width * height > limits.max_pixels) {
    return refuse('too_many_pixels', `${size} are ${width * height}; allowed are ${limits.max_pixels}`)
  }
  if (Math.min(width, height) < limits.min_side) {
    return refuse('too_small', `${size}; allowed is a shortest side of ${limits.min_side} or more`)
  }
  if (depth === 'uchar' || depth in depths) return null
  return refuse('unsupported_format', `${format} with ${depth} samples; allowed are 8 and 16 bit integers`)
}

async function readHeader(
  encoded: Uint8Array,
  format: ImageFormat,
  name: string,
  limits: ImageLimits,
): Promise<Header | Verdict> {
  // The pixel limit is checked here, with the size in the refusal; reading a header allocates no pixels.
  const metadata = await sharp(encoded, { failOn: 'error', limitInputPixels: false }).metadata()
  const frames = format === 'png' ? pngFrames(encoded) : (metadata.pages ?? 1)
  const verdict = judgeHeader(metadata, format, frames, limits)
  if (verdict !== null) return verdict
  const { width, height } = metadata.autoOrient
  return { width, height, format, notes: notesOf(metadata, format, name) }
}

/** Decodes the whole image, once: what is damaged fails here, and the perceptual hash comes from the same pixels. */
async function hashPixels(encoded: Uint8Array, limits: ImageLimits): Promise<string> {
  const luma = await sharp(encoded, { failOn: 'error', limitInputPixels: limits.max_pixels })
    .autoOrient()
    .flatten({ background: '#fff' })
    // Not shrunk while decoding: that would skip part of the check and move the hash of resized copies by 2 to 4 bits.
    .resize(hashSide, hashSide, { fit: 'fill', fastShrinkOnLoad: false })
    .greyscale()
    .extractChannel(0)
    .raw({ depth: 'uchar' })
    .toBuffer()
  return perceptualHash(luma)
}

async function decode(
  encoded: Uint8Array,
  name: string,
  limits: ImageLimits,
): Promise<(Header & { phash: string }) | Verdict> {
  const format = sniff(encoded, name)
  if (typeof format !== 'string') return format
  try {
    const header = await readHeader(encoded, format, name, limits)
    if ('reason' in header) return header
    return { ...header, phash: await hashPixels(encoded, limits) }
  } catch (error) {
    const message = errorMessage(error)
    return refuse(isTruncated(encoded, format, message) ? 'truncated' : 'unreadable', `${format}: ${message}`)
  }
}

/**
 * Checks one file: format by content, limits by header, then one full decode. Never throws for what is wrong with the
 * file: that is data. CMYK, 16-bit and wrongly named images are let in with a note.
 */
export async function checkImage(
  encoded: Uint8Array,
  { name, limits }: { name: string; limits: ImageLimits },
): Promise<CheckedImage | Refusal> {
  const sha256 = createHash('sha256').update(encoded).digest('hex')
  const result = await decode(encoded, name, limits)
  if ('reason' in result) return { kind: 'refused', ...result, sha256, bytes: encoded.length }
  return { kind: 'image', encoded, sha256, ...result }
}
