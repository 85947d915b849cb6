import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgreedText } from '../../../schemas/annotation.js'
import { textOptionsSchema } from '../../../workers/florence2/options.js'
import { phraseFinder } from '../../../workers/florence2/phrase-places.js'
import { textQuestions } from '../../../workers/florence2/text-tasks.js'
import { briefText } from '../painted-images.js'
import { observed, wideImage } from './written-answer.js'

const place = '<loc_100><loc_200><loc_300><loc_400>'
const other = '<loc_0><loc_0><loc_999><loc_999>'

function ask(task: string, texts: readonly AgreedText[]) {
  return textQuestions(wideImage({ texts }), textOptionsSchema.parse({ tasks: [task] }))
}

function ground(text: string, answer: string) {
  return observed(ask('CAPTION_TO_PHRASE_GROUNDING', [briefText(text)]), answer, { words: 0.8, locations: 0.4 })
}

describe('CAPTION_TO_PHRASE_GROUNDING', () => {
  it('is asked once for each text', () => {
    const texts = [briefText('a dog'), { ...briefText('a dog'), granularity: 'detailed' as const }, briefText(' ')]
    expect(ask('CAPTION_TO_PHRASE_GROUNDING', texts).map(({ request }) => request.input)).toEqual(['a dog'])
  })

  it('finds each phrase in the text, with all its boxes', () => {
    expect(ground('A man and his dog.', `A man${place}${other}his dog${place}`)).toMatchObject([
      {
        start: 0,
        end: 5,
        score: expect.closeTo(0.8),
        box_score: expect.closeTo(0.4),
        box: [100.5, 100.25, 300.5, 200.25],
      },
      { start: 0, end: 5, box: [0.5, 0.25, 999.5, 499.75] },
      { kind: 'grounded_phrase', text: 'A man and his dog.', start: 10, end: 17 },
    ])
  })

  it('takes a phrase that comes again for its next place', () => {
    const said = `a dog${place}a dog${other}a dog${place}`
    const found = ground('a dog beside a dog', said)
    expect(found.map((each) => 'start' in each && each.start)).toEqual([0, 13, 13])
  })

  it('rejects a phrase that is not in the text', () => {
    expect(ground('A woman.', `man${place}`)).toMatchObject([
      { kind: 'rejected_text', text: 'man', reason: 'malformed', failed: { phrase_in_text: false, boxes: 1 } },
    ])
  })

  it('rejects an answer without phrases, unless it is silent', () => {
    expect(ground('A woman.', 'A woman.')).toMatchObject([{ kind: 'rejected_text', failed: { found: 0 } }])
    expect(ground('A woman.', '')).toEqual([])
  })
})

describe('phraseFinder', () => {
  it('finds words with letters that ASCII lacks whole', () => {
    const text = 'A café on the “Île de Ré”, a cafe.'
    const find = phraseFinder(text)
    const found = ['caf', 'le de R', 'cafe'].map((phrase) => {
      const span = find(phrase)
      return span && text.slice(span.start, span.end)
    })
    expect(found).toEqual(['café', 'Île de Ré', 'cafe'])
  })

  it('finds any stretch of whole words again, reduced to ASCII', () => {
    const word = fc.stringMatching(/^[a-zéßЖ]{1,5}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), fc.nat(), (words, a, b) => {
        const [from, to] = [Math.min(a % words.length, b % words.length), Math.max(a % words.length, b % words.length)]
        const phrase = words.slice(from, to + 1).join(' ')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them.
        const ascii = phrase.replace(/[^\x00-\x7f]/g, '').trim()
        fc.pre(/[a-z]$/.test(ascii) && /^[a-z]/.test(ascii))
        const text = words.join(' ')
        const span = phraseFinder(text)(ascii)
        expect(span).not.toBeNull()
        const found = text.slice(span?.start, span?.end)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
        expect(found.replace(/[^\x00-\x7f]/g, '').trim()).toBe(ascii)
      }),
    )
  })
})

describe('OPEN_VOCABULARY_DETECTION of known phrases', () => {
  const text = 'a dog and a dog'
  const phrases = [
    { start: 0, end: 5, region_ids: [] },
    { start: 10, end: 15, region_ids: [] },
  ]

  it('is asked once for each phrase and grounds it wherever it is', () => {
    const found = observed(ask('OPEN_VOCABULARY_DETECTION', [{ granularity: 'brief', text, phrases }]), `dog${place}`)
    const grounded = { kind: 'grounded_phrase', text, box: [100.5, 100.25, 300.5, 200.25] }
    expect(found).toMatchObject([
      { ...grounded, start: 0, end: 5 },
      { ...grounded, start: 10, end: 15 },
    ])
  })

  it('asks nothing where no phrase is known', () => {
    expect(ask('OPEN_VOCABULARY_DETECTION', [briefText(text)])).toEqual([])
  })
})
