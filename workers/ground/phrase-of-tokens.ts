import type { TokenProbability } from './grounded-queries.js'
import type { Span } from './word-piece-spans.js'

/** The stretch of a text that a box stands for. */
export interface Phrase extends Span {
  /** Mean probability of the tokens that name it. */
  readonly score: number
}

export interface NamingTokens {
  /** The whole text. */
  readonly text: string
  /** Where each token of the prompt lies in it. */
  readonly spans: readonly (Span | null)[]
  /** The tokens above the threshold. */
  readonly tokens: readonly TokenProbability[]
  /** `words`: nothing but the named words. */
  readonly mode: 'noun-phrases' | 'words'
  /** Phrases of the text that are known; not looked at in `words`. */
  readonly known: readonly Span[]
}

/** A word of the text, and the probabilities of its tokens above the threshold. */
interface Word extends Span {
  readonly word: string
  readonly probabilities: number[]
}

const determiners = wordSet('a an the this that these those some another each every my your his her its our their')
/** Words that end a noun phrase where they stand at its edge. */
const linkingWords = wordSet(
  'and or but of in on at by to from with without for into onto over under near behind beside between through across ' +
    'along around above below inside outside against while as than which who whose where is are was were be been ' +
    'being has have had do does did can could will would may might must should not there then',
)

/**
 * The phrase of a box, from the tokens that it is likely to be. Tokens count as the whole words that they are pieces of;
 * special tokens and punctuation name nothing. Neighbouring words are a run; of several runs the one with the most
 * probable token is the phrase (the first of equals): a phrase is a real stretch of the text, where the reference strings
 * the tokens together.
 *
 * `noun-phrases`: the most probable word that is more than an article or a preposition decides. The shortest known phrase
 * that has it is the phrase; else its run, with linking words at the edges left out and the determiner before it taken
 * in: `man` and `man riding a` of "a man riding a horse" become `a man` and `a man riding`. Boxes that only an article or
 * a preposition names have no phrase.
 */
export function phraseOfTokens({ text, spans, tokens, mode, known }: NamingTokens): Phrase | null {
  const words = namedWords(text, spans, tokens)
  const nouns = mode === 'noun-phrases'
  const best = mostProbable(words, (word) => !nouns || !(determiners.has(word) || linkingWords.has(word)))
  if (best === null) return null
  const span = (nouns ? knownPhrase(words[best], known) : null) ?? runAround(text, words, best, nouns)
  const inside = words.filter(({ start, end }) => start >= span.start && end <= span.end)
  const probabilities = inside.flatMap((word) => word.probabilities)
  const sum = probabilities.reduce((total, probability) => total + probability, 0)
  return { start: span.start, end: span.end, score: sum / probabilities.length }
}

function namedWords(
  text: string,
  spans: readonly (Span | null)[],
  tokens: readonly TokenProbability[],
): readonly Word[] {
  const words = wordsOf(text)
  for (const { token, probability } of tokens) {
    const span = spans[token]
    if (span) words.find((word) => touches(word, span))?.probabilities.push(probability)
  }
  return words
}

/** Letters, digits and their marks; an ideograph is a word, as it is to the tokenizer. */
function wordsOf(text: string): Word[] {
  const pattern = /\p{Script=Han}\p{M}*|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+/gu
  return [...text.matchAll(pattern)].map(({ 0: word, index }) => ({
    start: index,
    end: index + word.length,
    word: word.toLowerCase(),
    probabilities: [],
  }))
}

/** A token may reach beyond the word (an unknown one with a symbol in it), and its span may be empty, at the word's end. */
function touches(word: Span, span: Span): boolean {
  if (span.start === span.end) return word.start < span.start && span.end <= word.end
  return span.start < word.end && word.start < span.end
}

function mostProbable(words: readonly Word[], names: (word: string) => boolean): number | null {
  let best: number | null = null
  let highest = Number.NEGATIVE_INFINITY
  for (const [index, { word, probabilities }] of words.entries()) {
    const probability = Math.max(...probabilities)
    if (!(probability > highest) || !names(word)) continue
    best = index
    highest = probability
  }
  return best
}

function knownPhrase(word: Word | undefined, known: readonly Span[]): Span | null {
  if (word === undefined) return null
  const around = known.filter(({ start, end }) => start <= word.start && word.end <= end)
  const [shortest] = around.sort((a, b) => a.end - a.start - (b.end - b.start))
  return shortest ?? null
}

function runAround(text: string, words: readonly Word[], best: number, nouns: boolean): Span {
  let [first, last] = [best, best]
  while (isNamed(words[first - 1]) && adjoin(text, words[first - 1], words[first])) first -= 1
  while (isNamed(words[last + 1]) && adjoin(text, words[last], words[last + 1])) last += 1
  if (nouns) {
    while (first < best && linkingWords.has(words[first]?.word ?? '')) first += 1
    while (last > best && isSmall(words[last]?.word ?? '')) last -= 1
    const before = words[first - 1]
    if (before !== undefined && determiners.has(before.word) && adjoin(text, before, words[first])) first -= 1
  }
  return { start: words[first]?.start ?? 0, end: words[last]?.end ?? 0 }
}

function isSmall(word: string): boolean {
  return determiners.has(word) || linkingWords.has(word)
}

function isNamed(word: Word | undefined): boolean {
  return word !== undefined && word.probabilities.length > 0
}

/** Nothing between two words but white space, a hyphen or an apostrophe. */
function adjoin(text: string, left: Span | undefined, right: Span | undefined): boolean {
  return left !== undefined && right !== undefined && /^[\s'’-]*$/.test(text.slice(left.end, right.start))
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(' '))
}
