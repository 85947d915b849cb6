import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateTokens } from '../../../src/models/endpoint/prompt-budget.js'
import { type DetailPromptOptions, detailPrompt, type KnownOfImage } from '../../../workers/describe/detail-prompt.js'
import { briefText, region } from '../painted-images.js'

const options: DetailPromptOptions = { granularity: 'detailed', vision: true, promptTokens: 1500, maxWords: 60 }
const nothing: KnownOfImage = { width: 200, height: 100, texts: [], regions: [] }
const known: KnownOfImage = {
  ...nothing,
  texts: [
    briefText('a dog runs\nover a beach'),
    { granularity: 'detailed', text: 'long', phrases: [] },
    briefText(' '),
  ],
  regions: [
    region('r1', 'dog', [20, 30, 100.4, 90], { score: 0.4 }),
    region('r2', 'NO\n"DOGS"', [0, 0, 60, 20], { kind: 'text', score: 0.9 }),
    region('r3', 'beach', [0, 50, 200, 100], { score: 0.6 }),
    region('r4', 'a red ball', [150, 80, 160, 90], { kind: 'phrase', score: 0.5 }),
    region('r5', '  ', [0, 0, 5, 5]),
  ],
}

describe('the prompt for a detailed text', () => {
  it('has the brief texts, things and read texts in sections, and the task last', () => {
    const prompt = detailPrompt(known, options) ?? ''
    const [opening, briefs, things, read, task, ...more] = prompt.split('\n\n')
    expect(opening).toMatch(/^You see an image\..*believe the image\.$/)
    expect(briefs?.split('\n').slice(1)).toEqual(['- a dog runs over a beach'])
    expect(things?.split('\n').slice(1)).toEqual([
      '- dog [100, 300, 502, 900]',
      '- beach [0, 500, 1000, 1000]',
      '- a red ball [750, 800, 800, 900]',
    ])
    expect(read?.split('\n').slice(1)).toEqual(['- "NO \'DOGS\'" [0, 0, 300, 200]'])
    expect(task).toMatch(/^Describe the image in two or three sentences.*at most 60 words/)
    expect(more).toEqual([])
  })

  it('asks for a paragraph where the more detailed text is wanted', () => {
    expect(detailPrompt(known, { ...options, granularity: 'more_detailed', maxWords: 200 })).toMatch(
      /one paragraph of five to ten sentences[\s\S]*at most 200 words/,
    )
  })

  it('tells a model without eyes that it has none', () => {
    const prompt = detailPrompt(known, { ...options, vision: false })
    expect(prompt).toContain('which you cannot see')
    expect(prompt).not.toContain('You see an image')
  })

  it('without notes: the image alone is enough for a model with eyes, and nothing is asked of one without', () => {
    const prompt = detailPrompt(nothing, options)
    expect(prompt).toMatch(/^You see an image\.\n\nDescribe/)
    expect(prompt).not.toContain('notes on it')
    expect(detailPrompt(nothing, { ...options, vision: false })).toBeNull()
    expect(detailPrompt({ ...nothing, texts: [briefText('a dog')] }, { ...options, vision: false })).not.toBeNull()
    expect(detailPrompt({ ...nothing, regions: known.regions }, { ...options, vision: false })).not.toBeNull()
  })

  it('within little room keeps the regions of the highest scores, things and texts alike', () => {
    const regions = Array.from({ length: 200 }, (_, index) =>
      region(`r${index}`, `thing ${index}`, [0, 0, 100, 100], {
        kind: index % 2 === 0 ? 'object' : 'text',
        score: ((index * 7) % 200) / 200,
      }),
    )
    const prompt =
      detailPrompt({ ...nothing, texts: [briefText('many things')], regions }, { ...options, promptTokens: 800 }) ?? ''
    const kept = regions.filter(({ label }) => new RegExp(`${label}"? \\[`).test(prompt))
    const lost = regions.filter((each) => !kept.includes(each))
    expect(prompt).toContain('many things')
    expect(kept.length).toBeGreaterThan(10)
    expect(lost.length).toBeGreaterThan(10)
    expect(Math.min(...kept.map(({ score }) => score))).toBeGreaterThan(
      Math.max(...lost.map(({ score }) => score)) - 0.01,
    )
    expect(new Set(kept.map(({ kind }) => kind)).size).toBe(2)
  })

  it('never goes beyond its tokens, in one piece from the smallest budget up', () => {
    const regions = fc.array(
      fc.record({
        label: fc.string({ maxLength: 80 }),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        text: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(
        regions,
        fc.integer({ min: 400, max: 2000 }),
        fc.constantFrom('detailed', 'more_detailed'),
        (some, tokens, granularity) => {
          const image = {
            ...nothing,
            regions: some.map(({ label, score, text }, index) =>
              region(`r${index}`, label, [0, 0, 10, 10], { score, kind: text ? 'text' : 'object' }),
            ),
          }
          for (const vision of [true, false]) {
            const prompt = detailPrompt(image, { granularity, vision, promptTokens: tokens, maxWords: 5000 })
            if (prompt === null) continue
            expect(estimateTokens(prompt)).toBeLessThanOrEqual(tokens)
            expect(prompt).toMatch(/Begin with the description itself\.$/)
          }
        },
      ),
    )
  })
})
