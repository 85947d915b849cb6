import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ShardAnnotations } from '../../schemas/annotation.js'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import type { CaptionObservation, GroundedPhraseObservation } from '../../schemas/observation.js'
import { decideImage, decideSoFar, type Source } from '../../src/consensus/index.js'
import { image, object, quadOf, source } from './sources.js'

const config = consensusConfigSchema.parse({})
const text = 'A cat sits on the red chair.'
const catBox: Box = [10, 10, 110, 110]
const chairBox: Box = [5, 80, 220, 300]
const detectors = ['yolox', 'picodet'].map((name) => source(name, [object('cat', 0.9, catBox)]))
const captioner = source('captioner', [said(text)], { vocabulary: null })

function said(words: string, granularity: CaptionObservation['granularity'] = 'brief'): CaptionObservation {
  return { kind: 'caption', granularity, text: words, score: 0.5, phrases: [] }
}

function grounded(phrase: string, box: Box, rest: Partial<GroundedPhraseObservation> = {}): GroundedPhraseObservation {
  const start = text.indexOf(phrase)
  return { kind: 'grounded_phrase', text, start, end: start + phrase.length, score: 0.6, box_score: 0.7, box, ...rest }
}

function grounder(name: string, ...observations: GroundedPhraseObservation[]): Source {
  return source(name, observations, { vocabulary: null })
}

function decide(sources: readonly Source[], changes: Partial<ConsensusConfig> = {}): ShardAnnotations {
  return decideImage({ image, sources, config: { ...config, ...changes }, shard: '000007', round: 0 })
}

describe('phrases that a grounding model found', () => {
  it('take the agreed region they lie on, and are regions of their own elsewhere', () => {
    const found = grounder('dino', grounded('A cat', [12, 10, 112, 111]), grounded('the red chair', chairBox))
    const rows = decide([...detectors, captioner, found])
    const cat = rows.region_text.find(({ label }) => label === 'cat')
    expect(rows.region_text).toHaveLength(1)
    expect(rows.phrase_region).toMatchObject([
      { phrase: 'A cat', region_id: cat?.region_id, x1: cat?.x1, x2: cat?.x2, rule: 'phrase_grounded' },
      { phrase: 'the red chair', x1: 5, y1: 80, x2: 220, y2: 300, phrase_score: 0.6, box_score: 0.7 },
    ])
    expect(rows.phrase_region[0]?.support).toEqual(['captioner', 'dino', 'picodet', 'yolox'])
    expect(rows.phrase_region[1]).toMatchObject({ support: ['captioner', 'dino'], votes: 2 })
    expect(rows.phrase_region[1]?.region_id).toMatch(/^[0-9a-f]{24}\/p-[0-9a-f]{10}$/)
    expect(rows.phrase_region[1]?.score).toBeCloseTo(0.42)
    expect(rows.text[0]?.objects).toBe(2)
  })

  it.each([
    ['below_phrase_score', { score: 0.2 }, { score: 0.2, lowest: config.phrase_score }],
    ['below_phrase_box_score', { box_score: 0.3 }, { box_score: 0.3, lowest: config.phrase_box_score }],
    ['text_not_agreed', { text: 'Another text.' }, { text: 'Another text.' }],
    ['span_outside_text', { start: 90, end: 95 }, { start: 90, end: 95, length: text.length }],
    ['span_outside_text', { start: 2, end: 500 }, { start: 2, end: 500, length: text.length }],
    ['box_outside_image', { box: [700, 10, 720, 40] as const }, { width: image.width }],
  ] as const)('are rejected: %s', (reason, rest, failed) => {
    const rows = decide([captioner, grounder('dino', grounded('A cat', catBox, rest))])
    expect(rows.phrase_region).toEqual([])
    expect(rows.rejects).toMatchObject([{ kind: 'phrase', reason, support: ['dino'] }])
    expect(JSON.parse(rows.rejects[0]?.failed ?? '')).toMatchObject(failed)
  })

  it('are rejected where the phrase stands for nothing', () => {
    const writer = source('captioner', [said('It is on a chair.')], { vocabulary: null })
    const it = { ...grounded('A cat', catBox), text: 'It is on a chair.', start: 0, end: 2 }
    expect(decide([writer, grounder('dino', it)]).rejects).toMatchObject([{ reason: 'blacklisted_phrase' }])
    expect(decide([writer, grounder('dino', it)], { phrase_blacklist: [] }).phrase_region).toHaveLength(1)
  })

  it('are rejected where their noun has no outline', () => {
    const words = 'A cat sleeps on the red chair in the background.'
    const start = words.indexOf('the background')
    const place = { text: words, start, end: start + 'the background'.length }
    const writer = source('captioner', [said(words)], { vocabulary: null })
    const found = grounder('dino', { ...grounded('A cat', catBox), ...place })
    const { rejects, phrase_region } = decide([writer, found])
    expect(phrase_region).toEqual([])
    expect(rejects).toMatchObject([{ kind: 'phrase', reason: 'abstract_phrase', rule: 'abstract_nouns' }])
    expect(JSON.parse(rejects[0]?.failed ?? '')).toEqual({ phrase: 'the background', head: 'background' })
    expect(decide([writer, found], { abstract_nouns: [] }).phrase_region).toMatchObject([{ phrase: 'the background' }])
  })

  it('are rejected for the same reasons where the captioner tied them to a region', () => {
    const [region] = decideSoFar({ image, sources: detectors, config }).regions
    const words = 'The image shows a cat on a sunny day.'
    const phrases = ['The image', 'a cat', 'a sunny day'].map((phrase) => {
      const start = words.indexOf(phrase)
      return { start, end: start + phrase.length, region_ids: [region?.region_id ?? ''] }
    })
    const rows = decide([...detectors, source('captioner', [{ ...said(words), phrases }], { vocabulary: null })])
    expect(rows.phrase_region.map(({ phrase }) => phrase)).toEqual(['a cat'])
    expect(rows.rejects.map(({ reason, failed }) => [reason, JSON.parse(failed)])).toEqual([
      ['blacklisted_phrase', { start: 0, end: 9, phrase: 'The image' }],
      ['abstract_phrase', { start: 25, end: 36, phrase: 'a sunny day', head: 'day' }],
    ])
  })

  it('with and without the determiner are one place', () => {
    const rows = decide([
      captioner,
      grounder('dino', grounded('the red chair', chairBox)),
      grounder('florence2', grounded('red chair', chairBox, { box_score: 0.9 })),
      grounder('owl', grounded('red chair.', chairBox, { score: 0.9 })),
    ])
    expect(rows.phrase_region).toMatchObject([
      {
        phrase: 'the red chair',
        support: ['captioner', 'dino', 'florence2', 'owl'],
        phrase_score: 0.9,
        box_score: 0.9,
      },
    ])
  })

  it('take the region that they name, where two are about as near', () => {
    const couchBox: Box = [10, 10, 200, 110]
    const dogBox: Box = [10, 10, 160, 110]
    const seers = ['yolox', 'picodet'].map((name) => {
      return source(name, [object('dog', 0.9, dogBox), object('couch', 0.9, couchBox)], {
        vocabulary: ['dog', 'couch'],
      })
    })
    // IoU .86 with the dog, .92 with the couch.
    const between: Box = [10, 10, 185, 110]
    const words = 'A small puppy on the sofa.'
    const writer = source('captioner', [said(words)], { vocabulary: null })
    const of = (phrase: string) => {
      const start = words.indexOf(phrase)
      const place = { text: words, start, end: start + phrase.length }
      return grounder('dino', { ...grounded('A cat', between), ...place })
    }
    const wide = (phrase: string, changes: Partial<ConsensusConfig> = {}) =>
      decide([...seers, writer, of(phrase)], changes).phrase_region.map(({ x2 }) => Math.round(x2))
    expect(wide('A small puppy')).toEqual([160])
    expect(wide('the sofa')).toEqual([200])
    expect(wide('A small puppy', { phrase_label_margin: 0 })).toEqual([200])
  })

  it('have the mask of their own box, with its quality', () => {
    const sources = [captioner, grounder('dino', grounded('the red chair', chairBox))]
    const [region] = decideSoFar({ image, sources, config }).regions
    expect(region?.kind).toBe('phrase')
    const mask = {
      ...({ kind: 'mask', region_id: region?.region_id ?? '', score: 0.9, stability: 0.8, rle: 'abc' } as const),
      ...{ polygon_points: [5, 80, 220, 80, 220, 300], polygon_rings: [0] },
    }
    const rows = decide([...sources, source('sam', [mask], { vocabulary: null })])
    expect(rows.phrase_region).toMatchObject([
      { phrase: 'the red chair', mask_rle: 'abc', mask_score: 0.9, mask_stability: 0.8, polygon_rings: [0] },
    ])
    expect(rows.rejects).toEqual([])
  })

  it('of several things keep them all', () => {
    const rows = decide([
      captioner,
      grounder('dino', grounded('A cat', catBox), grounded('A cat', [300, 10, 400, 110])),
    ])
    expect(rows.phrase_region.map(({ phrase, x1 }) => [phrase, x1]).sort()).toEqual([
      ['A cat', 10],
      ['A cat', 300],
    ])
  })

  it('of one model side by side are two, however near, and each has what another model says of it', () => {
    // Of one model, with an IoU of .43.
    const left: Box = [100, 10, 200, 110]
    const right: Box = [140, 10, 240, 110]
    const shift = ([x1, y1, x2, y2]: Box): Box => [x1 + 4, y1, x2 + 4, y2]
    const rows = decide([
      captioner,
      grounder('dino', grounded('A cat', left, { box_score: 0.9 }), grounded('A cat', right)),
      grounder('owl', grounded('A cat', shift(right), { box_score: 0.8 })),
    ])
    expect(rows.phrase_region.map(({ x1, support }) => [x1, support]).sort()).toEqual([
      [100, ['captioner', 'dino']],
      [144, ['captioner', 'dino', 'owl']],
    ])
    expect(rows.rejects).toEqual([])
  })

  it('of one model on one thing are one, and the twin is a reject', () => {
    const twin = grounded('A cat', [12, 10, 112, 110], { box_score: 0.5, score: 0.9 })
    const rows = decide([captioner, grounder('dino', twin, grounded('A cat', catBox))])
    expect(rows.phrase_region).toMatchObject([{ x1: 10, phrase_score: 0.6, box_score: 0.7 }])
    expect(rows.rejects).toMatchObject([{ kind: 'phrase', reason: 'duplicate_of_annotator', rule: 'model_nms' }])
    expect(JSON.parse(rows.rejects[0]?.failed ?? '')).toEqual({
      ...{ kept_box: catBox, kept_score: 0.7 },
      iou_above: config.model_nms_iou,
    })
  })

  it('have the support of those who wrote the text, not of those who wrote nearly the same', () => {
    const near = 'A cat sits on a red chair.'
    const rows = decide([
      captioner,
      source('other', [{ ...said(near), score: 0.4 }], { vocabulary: null }),
      grounder('dino', grounded('the red chair', chairBox)),
    ])
    expect(rows.text).toMatchObject([{ support: ['captioner', 'other'] }])
    expect(rows.phrase_region).toMatchObject([{ support: ['captioner', 'dino'], votes: 2 }])
  })

  it('of two models on one thing are one triplet with the support of both', () => {
    const rows = decide([
      captioner,
      grounder('dino', grounded('the red chair', chairBox)),
      grounder('owl', grounded('the red chair', [6, 82, 221, 301], { score: 0.8, box_score: 0.4 })),
    ])
    expect(rows.phrase_region).toMatchObject([
      { x1: 5, y1: 80, support: ['captioner', 'dino', 'owl'], phrase_score: 0.8, box_score: 0.7 },
    ])
  })

  it('lie on objects that they overlap, however little is asked', () => {
    const sign = source(
      'ppocr',
      [
        {
          kind: 'text_region',
          text: 'EXIT',
          score: 0.9,
          box_score: 0.9,
          box: [400, 400, 440, 420],
          quad: quadOf([400, 400, 440, 420]),
        },
      ],
      { vocabulary: null },
    )
    const rows = decide([captioner, sign, grounder('dino', grounded('A cat', catBox))], { phrase_region_iou: 0 })
    expect(rows.phrase_region[0]?.region_id).toMatch(/\/p-/)
  })

  it('join what the captioner itself tied to the region', () => {
    const [region] = decideSoFar({ image, sources: detectors, config }).regions
    const phrases = [{ start: 0, end: 5, region_ids: [region?.region_id ?? ''] }]
    const tied = source('captioner', [{ ...said(text), phrases }], { vocabulary: null })
    const rows = decide([...detectors, tied, grounder('dino', grounded('A cat', catBox, { box_score: 0.99 }))])
    expect(rows.phrase_region).toMatchObject([{ phrase: 'A cat', rule: 'region_agreed', box_score: 0.99 }])
    expect(rows.phrase_region[0]?.support).toContain('dino')
  })

  it('belong to every text that says the same', () => {
    const both = source('captioner', [said(text), said(text, 'detailed')], { vocabulary: null })
    const rows = decide([both, grounder('dino', grounded('the red chair', chairBox))])
    expect(rows.phrase_region.map(({ text_id }) => text_id.split('/')[1])).toEqual(['brief0', 'detailed0'])
    expect(new Set(rows.phrase_region.map(({ region_id }) => region_id)).size).toBe(1)
  })

  it('do not depend on the order of sources, and each is a triplet or a reject', () => {
    const spans = ['A cat', 'the red chair', 'cat', 'on']
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    const phrase = fc
      .record({ span: fc.constantFrom(...spans), at: fc.nat({ max: 3 }), score: unit, box_score: unit })
      .map(({ span, at, ...scores }) => grounded(span, [at * 60, 10, at * 60 + 100, 120], scores))
    fc.assert(
      fc.property(fc.array(fc.array(phrase, { maxLength: 6 }), { minLength: 1, maxLength: 3 }), (said) => {
        const sources = [...detectors, captioner, ...said.map((each, index) => grounder(`dino${index}`, ...each))]
        const rows = decide(sources)
        expect(decide([...sources].reverse())).toEqual(rows)
        for (const row of rows.phrase_region) expect(text.slice(row.start, row.end)).toBe(row.phrase)
        const passed = said.flat().filter(({ score, box_score }) => score >= 0.25 && box_score >= 0.35)
        const rejected = rows.rejects.filter(({ kind, rule }) => kind === 'phrase' && rule !== 'model_nms')
        expect(rejected).toHaveLength(said.flat().length - passed.length)
        expect(rows.phrase_region.length > 0).toBe(passed.length > 0)
        for (const [index, each] of said.entries()) {
          for (const { start, end } of each.filter((one) => passed.includes(one))) {
            // `cat` stands where `A cat` does.
            const place = text.slice(start, end) === 'cat' ? 0 : start
            const triplets = rows.phrase_region.filter((row) => row.start === place && row.end === end)
            expect(triplets.flatMap(({ support }) => support)).toContain(`dino${index}`)
          }
        }
      }),
    )
  })
})

describe('what later stages are shown', () => {
  it('are agreed regions, phrases of their own, texts, and what could stand for an object', () => {
    const [cat] = decideSoFar({ image, sources: detectors, config }).regions
    const id = cat?.region_id ?? ''
    const writer = source('describer', [{ kind: 'region_caption', region_id: id, text: 'a tabby', score: 0.4 }], {
      vocabulary: null,
    })
    const seen = decideSoFar({
      image,
      sources: [...detectors, captioner, writer, grounder('dino', grounded('the red chair', chairBox))],
      config,
    })
    expect(seen.regions.map(({ kind, label }) => [kind, label])).toEqual([
      ['object', 'cat'],
      ['phrase', 'the red chair'],
    ])
    expect(seen.texts).toMatchObject([{ granularity: 'brief', text }])
    expect(seen.regionTexts).toEqual([{ region_id: id, texts: ['cat', 'a tabby'] }])
  })
})
