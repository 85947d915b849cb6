import sharp, { type Metadata, type SharpOptions } from 'sharp'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { throwIfAborted } from '../../storage/abort.js'
import type { Raster } from './raster.js'

export interface DecodeOptions {
  /** Width x height above which an image is refused before any pixel is decoded. */
  readonly pixelLimit?: number
  /** The least damage at which a file is refused; `none` decodes what is there. Default `truncated`. */
  readonly failOn?: NonNullable<SharpOptions['failOn']>
  readonly signal?: AbortSignal
}

const defaultPixelLimit = 100_000_000

/**
 * Decodes the first page of an encoded image into 8-bit RGB, EXIF orientation applied. As Pillow's convert('RGB') and
 * OpenCV's imread do it: alpha is dropped and not blended, an embedded RGB profile is not applied, 16 bits become 8 by
 * their high byte; the pixels of a JPEG are the same as theirs. CMYK goes through its profile.
 *
 * Throws FldError `image_refused` for bytes that cannot be decoded or exceed the limit, `aborted` when the signal
 * fires (libvips itself cannot be interrupted: its result is then dropped).
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { pixelLimit = defaultPixelLimit, failOn = 'truncated', signal } = options
  throwIfAborted(signal, 'decoding an image')
  const settings: SharpOptions = { limitInputPixels: pixelLimit, failOn, pages: 1 }
  try {
    const header = await sharp(bytes, settings).metadata()
    throwIfAborted(signal, 'decoding an image')
    const pipeline = sharp(bytes, { ...settings, ignoreIcc: !needsProfile(header) })
    const { data, info } = await pipeline
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    throwIfAborted(signal, 'decoding an image')
    if (info.channels !== 3) throw new FldError('internal', `an image decoded to ${info.channels} channels, not 3`)
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
  } catch (thrown) {
    if (thrown instanceof FldError) throw thrown
    throw new FldError('image_refused', `the image cannot be decoded: ${errorMessage(thrown)}`, { cause: thrown })
  }
}

/** Only inks mean nothing without a profile. */
function needsProfile({ space }: Metadata): boolean {
  return space === 'cmyk'
}
