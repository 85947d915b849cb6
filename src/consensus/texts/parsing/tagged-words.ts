import { createRequire } from 'node:module'
import type { Model } from 'wink-eng-lite-web-model'
import winkNlp, { type Document, type ItsFunction, type PartOfSpeech, type WinkMethods } from 'wink-nlp'
import type { Span } from '../../../../schemas/known-phrases.js'
import { singular, verbOfParticiple } from './lemmas.js'

/** A word or a mark of a text, with what the tagger makes of it. */
export interface Word extends Span {
  /** In lower case, composed (NFC). */
  readonly lower: string
  /** The dictionary form, in the singular for a noun. */
  readonly lemma: string
  readonly tag: PartOfSpeech
  /** Whether it begins with a capital. */
  readonly capital: boolean
  /** Whether it is the first of its sentence. */
  readonly first: boolean
  /** Whether the tagger's dictionary has it. */
  readonly common: boolean
}

/**
 * The words and marks of a text, tagged by wink-nlp's English model (https://winkjs.org; 230 ms to load, at the first call).
 * The words are found here, so that their places are exact whatever the text holds: the tagger gets plain lower-case letters,
 * one space between words. It would take `Horses`, `STOP SIGN` and `Different` for names otherwise.
 */
export function taggedWords(text: string): Word[] {
  const raw = rawWords(text)
  const plain = raw.map(({ lower }) => plainWord(lower))
  const pieces = tagPieces(plain.join(' '))
  let at = 0
  return raw.map((word, index) => {
    const start = at
    for (let length = 0; at < pieces.length && length < (plain[index] ?? '').length; at++) {
      length += pieces[at]?.value.length ?? 0
    }
    return tagWord(word, plain[index - 1] ?? '.', pieces.slice(start, at))
  })
}

/** The word as a word of this kind, with the lemma of that kind. */
export function retagged(word: Word, tag: PartOfSpeech): Word {
  if (word.tag === tag) return word
  if (tag === 'NOUN' && word.tag !== 'PROPN') return { ...word, tag, lemma: singular(word.lower) }
  if (tag === 'VERB' && /..ing$/.test(word.lower)) {
    return { ...word, tag, lemma: verbOfParticiple(word.lower, isCommon) }
  }
  return { ...word, tag }
}

interface RawWord extends Span {
  readonly lower: string
  readonly capital: boolean
}

interface Piece {
  readonly value: string
  readonly tag: PartOfSpeech
  readonly lemma: string
}

const part = String.raw`[\p{L}\p{N}][\p{L}\p{M}\p{N}]*`
const wordPattern = new RegExp(
  [
    String.raw`(?:\p{L}\.){2,}`,
    String.raw`\p{N}+(?:[.,:]\p{N}+)+`,
    String.raw`\p{L}+(?=n['’]t(?![\p{L}\p{N}]))`,
    String.raw`n['’]t(?![\p{L}\p{N}])`,
    String.raw`['’](?:s|re|ve|ll|d|m)(?![\p{L}\p{N}])`,
    `${part}(?:[-‐‑]${part})*`,
    // Quotes and marks of emphasis stand inside phrases: they are no words.
    String.raw`[^\s"“”„«»‘’'*_\p{M}\p{Cf}]`,
  ].join('|'),
  'giu',
)

function rawWords(text: string): RawWord[] {
  return [...text.matchAll(wordPattern)].map((match) => {
    const word = match[0]
    const lower = word.normalize('NFC').toLowerCase()
    return { start: match.index, end: match.index + word.length, lower, capital: /^\p{Lu}/u.test(word) }
  })
}

/** Letters that the tagger knows, of the same kind: no accents, typewriter's apostrophes; a comma for other marks. */
function plainWord(lower: string): string {
  const plain = lower.normalize('NFD').replace(/\p{M}/gu, '').replace(/’/g, "'").replace(/[‐‑]/g, '-')
  if (/^[.!?…。]$/u.test(plain)) return '.'
  if (!/[\p{L}\p{N}]/u.test(plain)) return ','
  return /^[a-z0-9.,:'-]+$/.test(plain) ? plain : 'x'
}

interface Tagger {
  readonly wink: WinkMethods
  /** Any document: it answers for the dictionary. */
  readonly dictionary: Document
}

let loaded: Tagger | undefined

function tagger(): Tagger {
  if (loaded === undefined) {
    const model: Model = createRequire(import.meta.url)('wink-eng-lite-web-model')
    const wink = winkNlp(model, ['sbd', 'pos'])
    loaded = { wink, dictionary: wink.readDoc('a') }
  }
  return loaded
}

function isCommon(word: string): boolean {
  return !tagger().dictionary.isOOV(word)
}

function tagPieces(plain: string): Piece[] {
  const { its, readDoc } = tagger().wink
  const tokens = readDoc(plain).tokens()
  const tags = tokens.out<PartOfSpeech>(its.pos) as PartOfSpeech[]
  // The declared type of `lemma` has its arguments in another order than that of `out`.
  const lemmas = tokens.out(its.lemma as ItsFunction<string>)
  return tokens.out().map((value, index) => ({ value, tag: tags[index] ?? 'X', lemma: lemmas[index] ?? value }))
}

/** A hyphenated word is one word, of the kind of its last part: `t-shirts` is a noun, `black-and-white` an adjective. */
function tagWord(raw: RawWord, before: string, pieces: readonly Piece[]): Word {
  const word = { ...raw, first: before === '.' }
  const last = pieces.at(-1)
  if (last === undefined || !/[\p{L}\p{N}]/u.test(raw.lower)) {
    return { ...word, tag: 'PUNCT', lemma: raw.lower, common: true }
  }
  if (!/[a-z0-9]/.test(raw.lower)) return { ...word, tag: 'X', lemma: raw.lower, common: false }
  const common = isCommon(last.value)
  const opening = raw.lower.slice(0, -last.value.length)
  const lemma = raw.lower.endsWith(last.value) ? opening + lemmaOf(last, common) : raw.lower
  return { ...word, tag: last.tag, lemma, common }
}

function lemmaOf({ value, tag, lemma }: Piece, common: boolean): string {
  if (tag === 'NOUN' && !common && lemma === value) return singular(value)
  // The tagger makes `rid` of `riding`.
  return tag === 'VERB' && value === `${lemma}ing` ? verbOfParticiple(value, isCommon) : lemma
}
