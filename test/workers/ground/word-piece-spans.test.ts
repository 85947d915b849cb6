import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readTextTokenizer, type TextTokenizer } from '../../../src/models/text-tokenizer.js'
import { wordPieceSpans } from '../../../workers/ground/word-piece-spans.js'
import { describeWithReference } from '../../reference-data.js'
import { packFiles } from './reference-grounding.js'

describe('spans of word pieces', () => {
  function pieces(text: string, tokens: readonly string[]): (string | null)[] {
    return wordPieceSpans(text, tokens).map((span) => span && text.slice(span.start, span.end))
  }

  it('are the characters of each piece, as they were written', () => {
    expect(pieces('  A Café-bar,\ncafés', ['a', 'cafe', '-', 'bar', ',', 'cafe', '##s'])).toEqual([
      ...['A', 'Café', '-', 'bar', ',', 'café', 's'],
    ])
  })

  it('take an accent that is a character of its own along', () => {
    expect(pieces('cafe\u0301s', ['cafe', '##s'])).toEqual(['cafe\u0301', 's'])
  })

  it('of an unknown word are the whole word, up to punctuation', () => {
    expect(pieces('a 🐈‍⬛🐕 cat, Привет.', ['a', '[UNK]', 'cat', ',', '[UNK]', '.'])).toEqual([
      ...['a', '🐈‍⬛🐕', 'cat', ',', 'Привет', '.'],
    ])
  })

  it('of ideographs are one each; what is dropped belongs to none', () => {
    expect(pieces('一只cat\u200B \u0000dog', ['一', '只', 'cat', 'dog'])).toEqual(['一', '只', 'cat\u200B', 'dog'])
  })

  it('follow letters whose lower case is longer or depends on the place', () => {
    expect(pieces('İSTANBUL ΟΔΟΣ', ['ist', '##anbul', 'οδο', '##ς'])).toEqual(['İST', 'ANBUL', 'ΟΔΟ', 'Σ'])
  })

  it('are empty for a piece that begins inside a character', () => {
    const [first = '', second = '', third = ''] = '한'.normalize('NFD')
    expect(wordPieceSpans('한 a', [`${first}${second}`, `##${third}`, 'a'])).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 1 },
      { start: 2, end: 3 },
    ])
  })

  it('are null for what is not in the text', () => {
    expect(wordPieceSpans('a', ['a', '.', '[SEP]'])).toEqual([{ start: 0, end: 1 }, null, null])
    expect(wordPieceSpans('', ['a', '[UNK]'])).toEqual([null, null])
    expect(wordPieceSpans('cat', ['dog', 'cat'])).toEqual([null, { start: 0, end: 3 }])
  })
})

describeWithReference("spans of a tokenizer's own pieces", ['golden/specialists/grounding-dino'], () => {
  let tokenizer: TextTokenizer
  beforeAll(async () => {
    tokenizer = await readTextTokenizer(packFiles('grounding-dino'))
  })

  it('increase, never overlap and say what the piece says, in any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.array(fc.constantFrom(...awkward), { maxLength: 30 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const tokens = tokenizer.encode(text.toLowerCase()).tokens.slice(1, -1)
        const spans = wordPieceSpans(text, tokens)
        let end = 0
        for (const [index, span] of spans.entries()) {
          if (span === null) throw new Error(`${JSON.stringify(tokens)} ${index}`)
          expect(span.start).toBeGreaterThanOrEqual(end)
          expect(span.end).toBeGreaterThanOrEqual(span.start)
          end = span.end
          const token = tokens[index] ?? ''
          if (token === '[UNK]') expect(span.end).toBeGreaterThan(span.start)
          else expect(plain(text.slice(span.start, span.end))).toBe(token.length > 2 ? token.replace(/^##/, '') : token)
        }
        expect(end).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 1000 },
    )
  })
})

const awkward = [
  ...[
    'a',
    'cat',
    'Café',
    'e\u0301',
    'riding',
    'T',
    ' ',
    '  ',
    '\n',
    '\u00A0',
    '\u3000',
    '.',
    '?',
    "'s",
    '-',
    '#',
    '##',
    '[SEP]',
  ],
  ...[
    '[UNK]',
    '猫',
    '\u{20000}',
    '\u{2F800}',
    '\uF900',
    '한',
    'İ',
    'ΟΣ',
    'ﬁ',
    'ß',
    '🐈‍⬛',
    '👨‍👩‍👧',
    '\u200B',
    '\uFEFF',
    '\u0000',
    '\uFFFD',
  ],
  ...['\uD800', '\u0301', '\u037E', '≠', '€', '½', '\u0085', '\u2028', 'x'.repeat(101), 'zq'],
]

/** Lower case, without accents and what cannot be seen. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\p{Mn}\p{C}\uFFFD]/gu, '')
}
