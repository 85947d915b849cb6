import { FldError } from '../../schemas/errors.js'

/** First segment of the keys that a driver keeps for itself; never listed, never a caller's. */
export const reservedSegment = '.fld-tmp'

/**
 * Refuses a key that could leave the store or name nothing: empty, absolute, with an empty, `.` or `..` segment,
 * or with NUL. Throws FldError `config_invalid`.
 */
export function checkKey(key: string): void {
  const fault = keyFault(key)
  if (fault !== null) throw refusal(key, fault)
}

/**
 * What `checkKey` refuses, and what could be written but not be listed or read back everywhere: control characters
 * (they break S3's XML listings) and lone surrogates (they have no UTF-8 form). Throws FldError `config_invalid`.
 */
export function checkNewKey(key: string): void {
  checkKey(key)
  if (/\p{Cc}/u.test(key)) throw refusal(key, 'has a control character')
  if (/\p{Cs}/u.test(key)) throw refusal(key, 'is not well-formed Unicode')
}

/** Refuses a listing prefix that climbs out; it may be empty or end within a segment. Throws FldError `config_invalid`. */
export function checkPrefix(prefix: string): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/'))
  if (prefix.includes('/')) checkKey(folder)
  if (prefix.includes('\0')) throw refusal(prefix, 'has a NUL character')
}

/**
 * The order of keys in every listing: that of their UTF-8 bytes, as S3 sorts. JavaScript's own `<` compares UTF-16
 * units, which puts characters beyond U+FFFF before U+E000 to U+FFFF.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const unitA = a.charCodeAt(index)
    const unitB = b.charCodeAt(index)
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others of 16 bits. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function keyFault(key: string): string | null {
  if (key === '') return 'is empty'
  if (key.includes('\0')) return 'has a NUL character'
  const segments = key.split('/')
  if (segments.includes('')) return 'starts or ends with "/" or has an empty segment'
  if (segments.includes('.') || segments.includes('..')) return 'has a "." or ".." segment'
  return segments[0] === reservedSegment ? `starts with "${reservedSegment}/", which the store keeps for itself` : null
}

function refusal(key: string, fault: string): FldError {
  return new FldError(
    'config_invalid',
    `Object key ${JSON.stringify(key)} ${fault}. A key is relative, its segments separated by single "/".`,
    { details: { key } },
  )
}
