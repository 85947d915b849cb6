// Strings as Python sees them: the reference parser is written in it, and its idea of white space and of digits differs
// from JavaScript's.

/** What `str.isspace` and `\s` of Python's re hold: U+001C-1F and U+0085 too, U+FEFF not. */
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const leading = new RegExp(`^${space}+`)
const oneSpace = new RegExp(space)

export function leadingSpace(text: string): number {
  return leading.exec(text)?.[0].length ?? 0
}

/** `str.strip()`. */
export function strip(text: string): string {
  let end = text.length
  while (end > 0 && oneSpace.test(text[end - 1] ?? '')) end -= 1
  const stripped = text.slice(0, end)
  return stripped.slice(leadingSpace(stripped))
}

/** `str.encode('ascii', 'ignore')`. */
export function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '')
}

const digit = /\p{Nd}/u

/** `int()` of digits of any script; the digits of one stand in order, ten by ten. */
export function wholeNumber(digits: string): bigint {
  if (/^\d+$/.test(digits)) return BigInt(digits)
  const plain = [...digits].map((character) => {
    let code = character.codePointAt(0) ?? 0
    let value = 0
    while (digit.test(String.fromCodePoint(code - 1))) {
      code -= 1
      value += 1
    }
    return value % 10
  })
  return BigInt(plain.join(''))
}
