import { wordsOf } from '../../../../schemas/count-words.js'

const month =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'

/**
 * Web addresses, mail addresses, names of files, the names that cameras and programs give, who took the picture, dates, and
 * hexadecimal hashes.
 */
const aboutTheFile: readonly RegExp[] = [
  /\b(?:https?:\/\/|www\.)\S+/gi,
  /\S+@\S+\.[a-z]{2,}\b/gi,
  /\S*\.(?:jpe?g|jfif|png|gif|webp|avif|tiff?|bmp|svg|heic|raw|cr2|nef|pdf|mp4|mov|html?|php)(?![a-z0-9])/gi,
  /\b(?:img|dscn?|dscf?|pxl|mvimg|image|photo|screenshot|wa|p|pict|cimg|sam|gopr|dji|fb_img)[-_ ]?\d[\w-]*/gi,
  /\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/g,
  new RegExp(String.raw`\b${month}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?\b`, 'gi'),
  new RegExp(String.raw`\b\d{1,2}(?:st|nd|rd|th)? ${month}\b`, 'gi'),
  /(?:\b(?:[Bb]y|[Cc]ourtesy of|[Cc]redit:?)|©)(?: ?\p{Lu}[\p{L}.'-]*)+/gu,
  /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi,
  // The text that stands where one is to come.
  /\b(?:lorem ipsum|dolor sit amet)\b.*/gis,
]

/** Keys beside each other, from either end: `asdf`, `poiu`. */
const keyRows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'].flatMap((row) => [row, [...row].reverse().join('')])

/** A word that somebody typed to have typed something: along the keys, or of letters that nobody can say, unless in capitals. */
function isTyping(word: string): boolean {
  const typed = word.toLowerCase()
  if (!/^[a-z]{4,}$/.test(typed)) return false
  return keyRows.some((row) => row.includes(typed)) || (word !== word.toUpperCase() && !/[aeiouy]/.test(typed))
}

/**
 * The words of a text that may describe something: without addresses, names of files, cameras and photographers, dates,
 * numbers, keys typed at random and the words of `boilerplate`. An alternative text without any, as `IMG_2034.jpg` or
 * `Click here to view the full image`, is none about its image.
 */
export function contentWords(text: string, boilerplate: readonly string[]): string[] {
  const known = knownWords(boilerplate)
  const bare = aboutTheFile.reduce((left, pattern) => left.replace(pattern, ' '), text).replace(/_/g, ' ')
  return wordsOf(bare)
    .filter((word) => /\p{Letter}/u.test(word) && !isTyping(word))
    .map((word) => word.toLowerCase())
    .filter((word) => !known.has(word))
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** A run's list as a set: made once. */
function knownWords(list: readonly string[]): ReadonlySet<string> {
  const known = sets.get(list) ?? new Set(list)
  sets.set(list, known)
  return known
}
