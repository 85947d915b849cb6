import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countWords } from '../../schemas/count-words.js'

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

function segmented(text: string): number {
  return [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length
}

describe('the words of a text', () => {
  it.each([
    ['A man in a top-hat, with a 2nd dog.', 10],
    ["It's 3.5 m wide; U.S. built", 6],
    ['', 0],
    ['...', 0],
    ['snake_case 1,000', 2],
  ])('of "%s" are %i', (text, count) => {
    expect(countWords(text)).toBe(count)
  })

  it('are those of Unicode word segmentation, whatever is between them', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'a',
        'dog',
        '12',
        '3rd',
        ' ',
        '  ',
        '.',
        ',',
        ';',
        ':',
        '-',
        "'",
        '"',
        '_',
        '(',
        ')',
        '/',
        '!',
        '\n',
        '\u{e9}',
        '犬',
      ),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        expect(countWords(text)).toBe(segmented(text))
      }),
      { numRuns: 3000 },
    )
  })
})
