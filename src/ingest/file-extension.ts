import { extname } from 'node:path'
import type { ImageFormat } from '../../schemas/image.js'

const extensions: Readonly<Record<ImageFormat, readonly string[]>> = {
  jpeg: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  png: ['.png', '.apng'],
  webp: ['.webp'],
  avif: ['.avif'],
  tiff: ['.tif', '.tiff'],
  gif: ['.gif'],
}

/** Picture formats that ingest knows and refuses. */
const refusedExtensions =
  '.svg .svgz .pdf .heic .heif .bmp .dib .psd .ico .jxl .jp2 .j2k .exr .hdr .eps .dng .cr2 .nef .arw'.split(' ')

const known = new Set([...Object.values(extensions).flat(), ...refusedExtensions])

/** Whether a file's name claims that it is a picture, of a format that is let in or not. */
export function isNamedLikeImage(name: string): boolean {
  return known.has(extname(name).toLowerCase())
}

/** Whether a name's extension contradicts the format; a name without extension contradicts nothing. */
export function contradictsExtension(name: string, format: ImageFormat): boolean {
  const extension = extname(name).toLowerCase()
  return extension !== '' && !extensions[format].includes(extension)
}

/** The extension that a file of this format gets in a shard's tar, with its dot. */
export function extensionOf(format: ImageFormat): string {
  return extensions[format][0] ?? ''
}
