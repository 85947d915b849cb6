import { describe, expect, it } from 'vitest'
import type { ShardAnnotations } from '../../schemas/annotation.js'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { MaskObservation, Observation } from '../../schemas/observation.js'
import { decideImage, decideSoFar, type Source } from '../../src/consensus/index.js'
import { image, object, quadOf, source } from './sources.js'

const config = consensusConfigSchema.parse({})
const detectors = ['yolox', 'picodet'].map((name) => source(name, [object('cat', 0.9, [10, 10, 110, 110])]))
const [cat] = decideSoFar({ image, sources: detectors, config }).regions
const region_id = cat?.region_id ?? ''

function decide(...more: Source[]): ShardAnnotations {
  return decideImage({ image, sources: [...detectors, ...more], config, shard: '000007', round: 0 })
}

function voice(annotator: string, ...observations: Observation[]): Source {
  return source(annotator, observations, { vocabulary: null })
}

function mask(rest: Partial<MaskObservation> = {}): MaskObservation {
  const ring = { polygon_points: [10, 10, 110, 10, 110, 110], polygon_rings: [0] }
  return { kind: 'mask', region_id, score: 0.9, stability: 0.95, ...ring, rle: 'abc', ...rest }
}

describe('the mask of a region', () => {
  it('is the one that its model expects most of', () => {
    const rows = decide(voice('sam', mask()), voice('deeplab', mask({ score: 0.6, rle: 'xyz' })))
    expect(rows.region_text).toMatchObject([
      { mask_rle: 'abc', mask_score: 0.9, mask_stability: 0.95, polygon_rings: [0], polygon_points: { length: 6 } },
    ])
  })

  it.each([
    [0.6, 'deeplab', 'abc'],
    // Equal ones by name.
    [0.9, 'sam', 'xyz'],
  ])('leaves the lesser one as a reject with both scores: %s', (score, lesser, rle) => {
    const rows = decide(voice('sam', mask()), voice('deeplab', mask({ score, rle: 'xyz' })))
    expect(rows.region_text).toMatchObject([{ mask_rle: rle }])
    expect(rows.rejects).toMatchObject([{ kind: 'mask', reason: 'better_mask', support: [lesser] }])
    expect(JSON.parse(rows.rejects[0]?.failed ?? '')).toEqual({
      ...{ score: lesser === 'sam' ? 0.9 : score, kept_score: 0.9 },
      kept_annotator: lesser === 'sam' ? 'deeplab' : 'sam',
    })
    expect(rows.rejects[0]?.payload).not.toContain('xyz')
  })

  it('is also that of the phrases that stand for the region', () => {
    const text = 'A cat.'
    const writer = voice('writer', {
      kind: 'caption',
      granularity: 'brief',
      text,
      score: 1,
      phrases: [{ start: 0, end: 5, region_ids: [region_id] }],
    })
    expect(decide(writer, voice('sam', mask())).phrase_region).toMatchObject([{ phrase: 'A cat', mask_rle: 'abc' }])
  })

  it('is not asked for a stability that it cannot have', () => {
    expect(decide(voice('florence2', mask({ stability: null }))).region_text).toMatchObject([
      { mask_rle: 'abc', mask_score: 0.9, mask_stability: null },
    ])
  })

  it.each([
    ['below_mask_score', { score: 0.4 }],
    ['below_mask_stability', { stability: 0.3 }],
    ['region_not_agreed', { region_id: 'elsewhere' }],
  ])('is rejected: %s', (reason, rest) => {
    const rows = decide(voice('sam', mask(rest)))
    expect(rows.region_text).toMatchObject([{ mask_rle: null, mask_score: null, polygon_points: null }])
    expect(rows.rejects).toMatchObject([{ kind: 'mask', reason, support: ['sam'] }])
  })
})

describe('the text of a region', () => {
  const caption = { kind: 'region_caption', region_id, text: 'a tabby on a sofa', score: 0.5 } as const

  it('is the category phrase where nobody measured', () => {
    expect(decide(voice('writer', caption)).region_text).toMatchObject([
      { phrase: 'cat', brief_text: caption.text, chosen_text: 'cat', chosen_from: 'phrase', similarity: null },
    ])
  })

  it('is the candidate nearest to the picture', () => {
    const near = { kind: 'similarity', region_id, cosine: 0.2 } as const
    const measured = voice('siglip', { ...near, text: 'cat', score: 0.3 }, { ...near, text: caption.text, score: 0.8 })
    expect(decide(voice('writer', caption), measured).region_text).toMatchObject([
      { chosen_text: caption.text, chosen_from: 'brief_text', similarity: 0.8 },
    ])
  })

  it('is the nearest of several captions, whatever scores they came with', () => {
    const near = { kind: 'similarity', region_id, cosine: 0.2 } as const
    const sure = { ...caption, text: 'a cat', score: 1 }
    const measured = voice(
      'siglip',
      { ...near, text: 'cat', score: 0.3 },
      { ...near, text: 'a cat', score: 0.4 },
      { ...near, text: caption.text, score: 0.8 },
    )
    expect(decide(voice('sure', sure), voice('writer', caption), measured).region_text).toMatchObject([
      { brief_text: caption.text, chosen_text: caption.text },
    ])
  })

  it('is chosen by one model, not by comparing two scales', () => {
    const near = { kind: 'similarity', region_id, cosine: 0.2 } as const
    const clip = voice('clip', { ...near, text: 'cat', score: 0.31 }, { ...near, text: caption.text, score: 0.33 })
    const siglip = voice('siglip', { ...near, text: 'cat', score: 0.9 })
    expect(decide(voice('writer', caption), clip, siglip).region_text).toMatchObject([
      { chosen_text: caption.text, similarity: 0.33 },
    ])
  })

  it('may be a noun phrase of a caption', () => {
    const near = { kind: 'similarity', region_id, cosine: 0.2 } as const
    const measured = voice(
      'siglip',
      { ...near, text: 'cat', score: 0.3 },
      { ...near, text: caption.text, score: 0.5 },
      { ...near, text: 'a tabby', score: 0.7 },
    )
    expect(decide(voice('writer', caption), measured).region_text).toMatchObject([
      {
        chosen_text: 'a tabby',
        chosen_from: 'noun_chunk',
        similarity: 0.7,
        brief_text: caption.text,
        noun_chunks: ['a tabby', 'a sofa'],
      },
    ])
  })

  it('is no noun phrase that stands for nothing', () => {
    const said = { ...caption, text: 'it in the background of a sofa on a sunny day' }
    expect(decide(voice('writer', said)).region_text[0]?.noun_chunks).toEqual(['a sofa'])
    expect(decide(voice('writer', caption), voice('other', caption)).region_text[0]?.noun_chunks).toEqual([
      'a tabby',
      'a sofa',
    ])
  })

  it('is the phrase where that was not measured, however near others are', () => {
    const near = { kind: 'similarity', region_id, cosine: 0.2 } as const
    const others = voice('clip', { ...near, text: caption.text, score: 0.9 }, { ...near, text: 'a tabby', score: 0.95 })
    const kept = { chosen_text: 'cat', chosen_from: 'phrase' }
    expect(decide(voice('writer', caption), others).region_text).toMatchObject([{ ...kept, similarity: null }])
    // An annotator that measured the phrase and fewer of the others is asked before one that did not.
    const own = voice('siglip', { ...near, text: 'cat', score: 0.3 })
    expect(decide(voice('writer', caption), others, own).region_text).toMatchObject([{ ...kept, similarity: 0.3 }])
  })

  it('offers the noun phrases to the annotators of similarity', () => {
    const sources = [...detectors, voice('writer', caption)]
    expect(decideSoFar({ image, sources, config }).regionTexts).toEqual([
      { region_id, texts: ['cat', caption.text, 'a tabby', 'a sofa'] },
    ])
  })

  it('is no caption without words, nor one of a region that nobody agreed on', () => {
    const rows = decide(voice('writer', { ...caption, text: ' ' }, { ...caption, region_id: 'elsewhere' }))
    expect(rows.region_text).toMatchObject([{ brief_text: null }])
    expect(rows.rejects).toMatchObject([
      { kind: 'text', reason: 'empty_text' },
      { kind: 'text', reason: 'region_not_agreed' },
    ])
  })

  it('of the image is measured too', () => {
    const text = 'A cat.'
    const writer = voice('writer', { kind: 'caption', granularity: 'brief', text, score: 1, phrases: [] })
    const measured = voice('siglip', { kind: 'similarity', region_id: null, text, score: 0.7, cosine: 0.3 })
    expect(decide(writer, measured).text).toMatchObject([{ text, similarity: 0.7 }])
  })
})

describe('an answer that is no text', () => {
  it('is a reject with the reason that its annotator gave', () => {
    const refusal = {
      kind: 'rejected_text',
      granularity: 'detailed',
      region_id: null,
      text: "I'm sorry, I can't help with that.",
      reason: 'refusal',
      failed: { matched: "I'm sorry" },
      score: 0,
    } as const
    const rows = decide(voice('detail', refusal))
    expect(rows.rejects).toMatchObject([
      { kind: 'text', stage: 'annotate', reason: 'refusal', support: ['detail'], failed: '{"matched":"I\'m sorry"}' },
    ])
    expect(rows.rejects[0]?.payload).toContain(refusal.text.slice(0, 3))
  })
})

describe('text that was read', () => {
  it('keeps its brackets, which in a label tell a homonym', () => {
    const box = [200, 10, 300, 40] as const
    const read = {
      kind: 'text_region',
      text: 'SALE (50% off)',
      score: 0.9,
      box_score: 0.9,
      box,
      quad: quadOf(box),
    } as const
    const rows = decide(voice('ocr', read))
    expect(rows.region_text.find(({ kind }) => kind === 'text')).toMatchObject({
      phrase: 'SALE (50% off)',
      chosen_text: 'SALE (50% off)',
    })
  })
})
