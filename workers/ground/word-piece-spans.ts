/** Characters of a text, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One code point of the text and what BERT's normaliser makes of it: '' where it is dropped. */
interface NormalCharacter extends Span {
  readonly normal: string
  /** A word of its own. */
  readonly alone: boolean
}

/**
 * Where each WordPiece token of a text lies in it: the tokenizer library gives no offsets. Repeats what BERT's
 * normaliser does to single characters (control characters dropped, CJK ideographs apart, lower case, accents stripped;
 * google-research/bert, tokenization.py) and reads the tokens along the words that come out; [UNK] is a whole word.
 *
 * Spans increase and do not overlap; accents that follow a token's last character belong to it. A token that begins
 * inside a character (Hangul is taken apart) has an empty span at its end. Null: special tokens, and what does not
 * belong to the text.
 */
export function wordPieceSpans(text: string, tokens: readonly string[], unknownToken = '[UNK]'): (Span | null)[] {
  const words = normalWords(text)
  const reader = new WordReader(words)
  return tokens.map((token) => (token === unknownToken ? reader.skipWord() : reader.read(token)))
}

/** Reads tokens along words, one after another. */
class WordReader {
  readonly #words: readonly (readonly NormalCharacter[])[]
  #word = 0
  /** In the word's characters, and within the normal form of the one there. */
  #at = 0
  #inside = 0
  #end = 0

  constructor(words: readonly (readonly NormalCharacter[])[]) {
    this.#words = words
  }

  /** An unknown word, of which nothing may have been read yet. */
  skipWord(): Span | null {
    const word = this.#words[this.#word]
    const [first, last] = [word?.[0], word?.at(-1)]
    if (first === undefined || last === undefined || this.#at > 0 || this.#inside > 0) return null
    this.#word += 1
    this.#end = last.end
    return { start: first.start, end: last.end }
  }

  read(token: string): Span | null {
    const word = this.#words[this.#word]
    const begun = this.#at > 0 || this.#inside > 0
    const piece = begun ? token.replace(/^##/, '') : token
    if (word === undefined || piece === '' || !this.#startsWith(word, piece)) return null
    const start = Math.max(this.#end, word[this.#at]?.start ?? this.#end)
    for (let left = piece.length; left > 0; ) left -= this.#advance(word, left)
    if (this.#inside === 0) {
      while (word[this.#at]?.normal === '') this.#end = word[this.#at++]?.end ?? this.#end
    }
    if (this.#at === word.length) {
      this.#word += 1
      this.#at = 0
    }
    return { start, end: this.#end }
  }

  /** Takes up to `most` units of the character at hand; says how many. */
  #advance(word: readonly NormalCharacter[], most: number): number {
    const character = word[this.#at]
    if (character === undefined) return most
    const taken = Math.min(most, character.normal.length - this.#inside)
    this.#inside += taken
    this.#end = character.end
    if (this.#inside === character.normal.length) {
      this.#at += 1
      this.#inside = 0
    }
    return taken
  }

  #startsWith(word: readonly NormalCharacter[], piece: string): boolean {
    const ahead = word.slice(this.#at, this.#at + piece.length + dropped(word))
    return ahead
      .map(({ normal }) => normal)
      .join('')
      .slice(this.#inside)
      .startsWith(piece)
  }
}

function dropped(word: readonly NormalCharacter[]): number {
  return word.filter(({ normal }) => normal === '').length
}

/** Words as BERT splits them: at white space, around punctuation and around CJK ideographs. */
function normalWords(text: string): NormalCharacter[][] {
  const words: NormalCharacter[][] = []
  let open = false
  for (const character of normalCharacters(text)) {
    if (/^\s+$/.test(character.normal)) {
      open = false
    } else if (character.normal === '') {
      // Within a word it goes on; between words it is nothing.
      if (open) words.at(-1)?.push(character)
    } else if (open && !character.alone) {
      words.at(-1)?.push(character)
    } else {
      words.push([character])
      open = !character.alone
    }
  }
  return words
}

function normalCharacters(text: string): NormalCharacter[] {
  // As a whole: a capital sigma that ends a word becomes another letter than one within.
  const lower = text.toLowerCase()
  const characters: NormalCharacter[] = []
  let start = 0
  let at = 0
  for (const character of text) {
    const length = character.toLowerCase().length
    const end = start + character.length
    const normal = normalForm(lower.slice(at, at + length))
    characters.push({ start, end, normal, alone: isPunctuation(normal) || isIdeograph(character) })
    start = end
    at += length
  }
  return characters
}

/** Control characters go, whatever is white becomes a space, accents are stripped. */
function normalForm(lower: string): string {
  let normal = ''
  for (const character of lower) {
    if (/^\s$/.test(character)) normal += /[\uFEFF]/.test(character) ? '' : ' '
    else if (!/^[\uFFFD\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(character)) normal += character
  }
  return normal.normalize('NFD').replace(/\p{Mn}/gu, '')
}

/** Unicode's punctuation, and all of ASCII that is neither letter, digit nor white space. */
function isPunctuation(normal: string): boolean {
  return /^[\p{P}!-/:-@[-`{-~]$/u.test(normal)
}

/** The ideographs of the Basic Multilingual Plane that BERT sets apart. */
function isIdeograph(character: string): boolean {
  return /^[\u4E00-\u9FFF\u3400-\u4DBF\uF900-\uFAFF]$/.test(character)
}
