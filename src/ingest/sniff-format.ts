import type { ImageFormat } from '../../schemas/image.js'

/** What the first bytes of a file say it is. `other` is a picture format that ingest does not let in. */
export type SniffedFormat =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  | { readonly kind: 'other'; readonly format: string }

const image = (format: ImageFormat): SniffedFormat => ({ kind: 'image', format })
const other = (format: string): SniffedFormat => ({ kind: 'other', format })

/** Signatures at the start of the file, `?` for any byte. */
const signatures: readonly (readonly [signature: string, format: SniffedFormat])[] = [
  ['\xff\xd8\xff', image('jpeg')],
  ['\x89PNG\r\n\x1a\n', image('png')],
  ['GIF87a', image('gif')],
  ['GIF89a', image('gif')],
  ['RIFF????WEBP', image('webp')],
  ['II*\0', image('tiff')],
  ['MM\0*', image('tiff')],
  ['II+\0', image('tiff')],
  ['MM\0+', image('tiff')],
  ['%PDF-', other('pdf')],
  ['%!PS', other('postscript')],
  ['BM????\0\0\0\0', other('bmp')],
  ['8BPS', other('psd')],
  ['\0\0\x01\0', other('ico')],
  ['\xff\x0a', other('jpeg-xl')],
  ['\0\0\0\x0cJXL \r\n', other('jpeg-xl')],
  ['\0\0\0\x0cjP  \r\n', other('jpeg-2000')],
  ['\xff\x4f\xff\x51', other('jpeg-2000')],
  ['v/1\x01', other('openexr')],
  ['#?RADIANCE', other('radiance-hdr')],
]

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'])

/** ISO base media files name their kind in the first box: AVIF and HEIC share the container (ISO/IEC 23008-12). */
function sniffBaseMedia(start: string): SniffedFormat | null {
  if (start.slice(4, 8) !== 'ftyp') return null
  const size = start.charCodeAt(2) * 256 + start.charCodeAt(3)
  const brands = [start.slice(8, 12), ...(start.slice(16, Math.min(size, start.length)).match(/.{4}/gs) ?? [])]
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return image('avif')
  return brands.some((brand) => heicBrands.has(brand)) ? other('heic') : null
}

function sniffSvg(start: string): SniffedFormat | null {
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart()
  const markup = /^(<\?xml|<!doctype svg|<!--|<svg[\s>])/i.test(text)
  return markup && /<svg[\s>]/i.test(text) ? other('svg') : null
}

function startsWith(start: string, signature: string): boolean {
  return [...signature].every((byte, index) => byte === '?' || byte === start[index])
}

/** Tells a file's format from its first bytes (1,024 are enough), never from its name; null for what is no picture. */
export function sniffFormat(head: Uint8Array): SniffedFormat | null {
  const start = Buffer.from(head.subarray(0, 1024)).toString('latin1')
  const found = signatures.find(([signature]) => startsWith(start, signature))
  return found?.[1] ?? sniffBaseMedia(start) ?? sniffSvg(start)
}
