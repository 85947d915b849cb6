import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation, TextRegionObservation } from '../../schemas/observation.js'
import { quadFrame } from '../../src/consensus/boxes/quad-frame.js'
import { decideRegions, type RegionDecision, type Source } from '../../src/consensus/index.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { image, quadOf, source } from './sources.js'

const config = consensusConfigSchema.parse({})

function text(read: string, score: number, box: Box, rest: Partial<TextRegionObservation> = {}): TextRegionObservation {
  return { kind: 'text_region', text: read, score, box_score: 0.9, box, quad: quadOf(box), ...rest }
}

function ocr(annotator: string, observations: readonly Observation[], rest: Partial<Source> = {}): Source {
  return source(annotator, observations, { vocabulary: null, ...rest })
}

function decide(...sources: Source[]): RegionDecision {
  const decided = decideRegions({ image, sources, config })
  expect(decideRegions({ image, sources: [...sources].reverse(), config })).toEqual(decided)
  return decided
}

const line: Box = [100, 100, 340, 130]
const words = [
  text('LIMIT', 0.97, [188, 99, 268, 132]),
  text('SPEED', 0.95, [98, 98, 184, 131]),
  text('25', 0.99, [276, 100, 342, 131]),
]

describe('a line that another engine reads word by word', () => {
  it('is one region with the votes of both', () => {
    const { regions, rejects } = decide(ocr('lines', [text('Speed Limit 25', 0.9, line)]), ocr('words', words))
    expect(regions).toMatchObject([
      { label: 'Speed Limit 25', box: line, votes: 2, support: ['lines', 'words'], alternatives: [] },
    ])
    // The weakest of its words is as sure as the words' engine is of the line.
    expect(regions[0]?.score).toBeCloseTo(1 - 0.1 * 0.05, 12)
    expect(regions[0]?.candidates).toHaveLength(4)
    expect(rejects).toEqual([])
  })

  it('may be misread in a letter, and lies at any angle', () => {
    const turned = (box: Box): TextRegionObservation['quad'] => {
      const [cos, sin] = [Math.cos(1), Math.sin(1)]
      return [0, 2, 4, 6].flatMap((at) => {
        const [x, y] = [(quadOf(box)[at] ?? 0) - 200, (quadOf(box)[at + 1] ?? 0) - 100]
        return [200 + x * cos - y * sin, 200 + x * sin + y * cos]
      })
    }
    const upright = (quad: readonly number[]): Box => {
      const [x, y] = [quad.filter((_, at) => at % 2 === 0), quad.filter((_, at) => at % 2 === 1)]
      return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
    }
    const turn = (said: TextRegionObservation) => {
      const quad = turned(said.box)
      return { ...said, quad, box: upright(quad) }
    }
    const { regions } = decide(ocr('lines', [turn(text('SPEED LIMlT 25', 0.9, line))]), ocr('words', words.map(turn)))
    expect(regions).toMatchObject([{ label: 'SPEED LIMlT 25', votes: 2, alternatives: ['SPEED LIMIT 25'] }])
    expect(regions[0]?.quad).toEqual(turned(line))
  })

  it('has no vote of an engine that read one word of it', () => {
    const { regions } = decide(ocr('lines', [text('Speed Limit 25', 0.9, line)]), ocr('words', words.slice(2)))
    expect(regions).toMatchObject([{ label: 'Speed Limit 25', votes: 1, support: ['lines'], score: 0.9 }])
    expect(regions[0]?.candidates).toHaveLength(2)
  })

  it('takes the spelling of most engines', () => {
    const { regions } = decide(
      ocr('lines', [text('SPEED LIMIT 26', 0.99, line)]),
      ocr('words', words),
      ocr(
        'more',
        words.map((word) => ({ ...word, score: 0.6 })),
      ),
    )
    expect(regions).toMatchObject([{ label: 'SPEED LIMIT 25', box: line, votes: 3, alternatives: ['SPEED LIMIT 26'] }])
  })

  it('is not joined with words that it does not have, nor with its own words in another place', () => {
    const { regions } = decide(
      ocr('lines', [text('Speed Limit 25', 0.9, line)]),
      ocr('words', [text('EXIT', 0.9, [188, 99, 268, 132]), text('SPEED', 0.9, [100, 132, 180, 160])]),
    )
    expect(regions.map(({ label }) => label)).toEqual(['Speed Limit 25', 'EXIT', 'SPEED'])
  })

  it('is kept once where one engine gives both', () => {
    const { regions, rejects } = decide(ocr('both', [text('Speed Limit 25', 0.9, line), ...words]))
    expect(regions).toMatchObject([{ label: 'Speed Limit 25', votes: 1, score: 0.9 }])
    expect(rejects.map(({ reason, rule }) => [reason, rule])).toEqual(
      words.map(() => ['duplicate_of_annotator', 'line_containment']),
    )
    expect(rejects[0]?.failed).toEqual({ kept_text: 'Speed Limit 25', kept_score: 0.9, lowest: 0.6 })
  })
})

describe('readings of one place', () => {
  const place: Box = [10, 10, 110, 40]
  const near: Box = [12, 11, 113, 41]

  it('that differ in a letter are one, under the text of the better supported', () => {
    const { regions } = decide(
      ocr('a', [text('RESTAURANT', 0.8, place)]),
      ocr('b', [text('Restaurant.', 0.7, near)]),
      ocr('c', [text('RESTAUPANT', 0.95, near)]),
    )
    expect(regions).toMatchObject([{ label: 'RESTAURANT', votes: 3, alternatives: ['RESTAUPANT'] }])
    expect(regions[0]?.score).toBeCloseTo(1 - 0.2 * 0.3 * 0.05, 12)
  })

  it('that disagree are alternatives', () => {
    const { regions } = decide(ocr('a', [text('EXIT', 0.8, place)]), ocr('b', [text('SALE', 0.9, near)]))
    expect(regions).toMatchObject([{ label: 'SALE', votes: 1, alternatives: ['EXIT'], support: ['b'] }])
  })

  it('in places that hardly overlap are regions of their own, whatever they say', () => {
    const lower: Box = [10, 34, 110, 64]
    const { regions } = decide(ocr('a', [text('SALE', 0.8, place)]), ocr('b', [text('SALE', 0.9, lower)]))
    expect(regions.map(({ box }) => box)).toEqual([place, lower])
  })

  it('with wider and tighter bounds are one where the text is', () => {
    const wide: Box = [0, 0, 130, 52]
    const tight = [text('SALE 50%', 0.9, [14, 14, 108, 38])]
    const { regions } = decide(ocr('a', [text('SALE 50 %', 0.8, wide)]), ocr('b', tight))
    expect(regions).toMatchObject([{ votes: 2, box: wide }])
    expect(decide(ocr('a', [text('OPEN', 0.8, wide)]), ocr('b', tight)).regions).toHaveLength(2)
  })

  it('of people win over any number of machines', () => {
    const machines = ['a', 'b', 'c'].map((name) => ocr(name, [text('ST0P', 0.99, near)]))
    const person = ocr('source', [text('STOP', 1, place)], { human: true, family: 'human' })
    const { regions } = decide(...machines, person)
    expect(regions).toMatchObject([
      { label: 'STOP', box: place, rule: 'human_label', alternatives: ['ST0P'], score: 1 },
    ])
  })

  it('of people stay apart, word by word, and a line of a machine over them goes', () => {
    const person = ocr('source', words, { human: true, family: 'human' })
    const { regions, rejects } = decide(ocr('lines', [text('SPEED LIMIT 26', 0.9, line)]), person)
    expect(regions.map(({ label, rule }) => [label, rule])).toEqual([
      ['SPEED', 'human_label'],
      ['LIMIT', 'human_label'],
      ['25', 'human_label'],
    ])
    expect(rejects).toMatchObject([{ kind: 'text_region', reason: 'read_in_parts_by_people', support: ['lines'] }])
    expect(rejects[0]?.failed).toMatchObject({ labels_of_people: 'SPEED LIMIT 25', similarity: 11 / 12 })
  })

  it('of one person that overlap are two', () => {
    const person = ocr('source', [text('STOP', 1, place), text('ALL WAY', 1, near)], { human: true, family: 'human' })
    expect(decide(person).regions).toHaveLength(2)
  })
})

describe('text of several engines', () => {
  const reading = fc
    .record({
      read: fc.constantFrom('SPEED LIMIT', 'SPEED', 'LIMIT', 'SPEED L1MIT', 'speed', 'SALE', 'S', '...'),
      score: fc.constantFrom(0.4, 0.6, 0.9, 0.99),
      at: fc.nat({ max: 3 }),
      wide: fc.boolean(),
      shift: fc.integer({ min: -6, max: 6 }),
    })
    .map(({ read, score, at, wide, shift }) => {
      const left = 20 + (at % 2) * 100 + shift
      const top = 20 + (at > 1 ? 40 : 0) + shift
      return text(read, score, [left, top, left + (wide ? 205 : 90), top + 30])
    })
  const engine = fc.record({
    family: fc.constantFrom('ppocr', 'florence2', 'tesseract'),
    human: fc.constantFrom(false, false, false, true),
    observations: fc.array(reading, { maxLength: 5 }),
  })

  it('does not depend on their order, loses none, and is supported by who read it', () => {
    fc.assert(
      fc.property(fc.array(engine, { minLength: 1, maxLength: 4 }), (engines) => {
        const sources = engines.map((each, index) => ocr(`engine-${index}`, each.observations, each))
        const { regions, rejects } = decide(...sources)
        const kept = regions.flatMap(({ candidates }) => candidates.map(({ observation }) => observation))
        const said = sources.flatMap(({ observations }) => observations)
        expect(kept.length + rejects.length).toBe(said.length)
        expect(said).toEqual(expect.arrayContaining(kept))
        for (const region of regions) {
          const annotators = region.candidates.map(({ annotator }) => annotator)
          expect(annotators).toEqual(expect.arrayContaining([...region.support]))
          expect(region.votes).toBeGreaterThan(0)
          expect(region.score).toBeGreaterThan(0)
          expect(region.score).toBeLessThanOrEqual(1)
          expect(region.alternatives).not.toContain(region.label)
        }
      }),
      { numRuns: 400 },
    )
  })
})

const expectedSchema = z.object({
  images: z.array(
    z.object({
      width: z.number(),
      height: z.number(),
      lines: z.array(
        z.object({
          polygon: z.array(z.tuple([z.number(), z.number()])),
          det_score: z.number(),
          text: z.string(),
          rec_score: z.number(),
        }),
      ),
    }),
  ),
})

/** A line's words where they stand in it, each drawn a tenth of its height larger on all sides. */
function wordsOf({ text: said, quad, score, ...rest }: TextRegionObservation): TextRegionObservation[] {
  const frame = quadFrame(quad)
  const [left, top, right, bottom] = frame.boundsOf(quad)
  const grown = (bottom - top) / 10
  return [...said.matchAll(/\S+/g)].map(({ 0: word, index }) => {
    const at = (character: number) => left + ((right - left) * character) / said.length
    const bounds: Box = [at(index) - grown, top - grown, at(index + word.length) + grown, bottom + grown]
    const placed = frame.quadOf(bounds)
    // A little less sure, so that the line's own bounds are kept for a line of one word.
    return { ...rest, score: score * 0.9999, text: word, quad: placed, box: boundsOf(placed) }
  })
}

function boundsOf(quad: readonly number[]): Box {
  const [x, y] = [quad.filter((_, at) => at % 2 === 0), quad.filter((_, at) => at % 2 === 1)]
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
}

describeWithReference('lines that PP-OCR read in photographs', ['golden/specialists/ocr/expected.json'], () => {
  it('keep their text and their place when a second engine gives their words', async () => {
    const file = await readFile(referencePath('golden/specialists/ocr/expected.json'), 'utf8')
    const { images } = expectedSchema.parse(JSON.parse(file))
    let several = 0
    for (const { width, height, lines } of images) {
      const said = lines.map(({ polygon, det_score, text: read, rec_score }): TextRegionObservation => {
        const quad = polygon.flat()
        const box = boundsOf(quad)
        return { kind: 'text_region', text: read, score: rec_score, box_score: det_score, quad, box }
      })
      const ask = (...sources: Source[]) =>
        decideRegions({ image: { ...image, width, height }, sources, config }).regions
      const alone = ask(ocr('lines', said))
      const both = ask(ocr('lines', said), ocr('words', said.flatMap(wordsOf)))
      expect(both.map(({ label, quad }) => [label, quad])).toEqual(alone.map(({ label, quad }) => [label, quad]))
      for (const region of both) expect([region.label, region.votes]).toEqual([region.label, 2])
      several += both.filter(({ label }) => label.includes(' ')).length
    }
    expect(several).toBeGreaterThan(5)
  })
})
