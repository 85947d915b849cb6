import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import type { TextRegionObservation } from '../../schemas/observation.js'
import { decideRegions, type RegionDecision, type Source } from '../../src/consensus/index.js'
import { image, quadOf, source } from './sources.js'

const config = consensusConfigSchema.parse({})

function text(read: string, score: number, box: Box, rest: Partial<TextRegionObservation> = {}): TextRegionObservation {
  return { kind: 'text_region', text: read, score, box_score: 0.9, box, quad: quadOf(box), ...rest }
}

function ocr(annotator: string, observations: Source['observations']): Source {
  return source(annotator, observations, { vocabulary: null })
}

function decide(...sources: Source[]): RegionDecision {
  return decideRegions({ image, sources, config })
}

describe('text regions', () => {
  it('keep their quad and stand in reading order', () => {
    const slanted = [10, 210, 90, 200, 92, 220, 12, 230]
    const { regions } = decide(
      ocr('ppocr', [
        text('below', 0.99, [10, 200, 92, 230], { quad: slanted }),
        text('right', 0.9, [100, 103, 180, 123]),
        text('left', 0.8, [10, 100, 90, 120]),
      ]),
    )
    expect(regions.map(({ label }) => label)).toEqual(['left', 'right', 'below'])
    expect(regions[2]).toMatchObject({ kind: 'text', quad: slanted, score: 0.99, rule: 'text_score', votes: 1 })
  })

  it('need both scores, and letters', () => {
    const { regions, rejects } = decide(
      ocr('ppocr', [
        text('faint', 0.3, [0, 0, 50, 20]),
        text('box', 0.9, [0, 50, 50, 70], { box_score: 0.4 }),
        text('  ', 0.9, [0, 90, 50, 110]),
      ]),
    )
    expect(regions).toEqual([])
    expect(rejects.map(({ kind, reason, failed }) => [kind, reason, failed])).toEqual([
      ['text_region', 'below_text_score', { score: 0.3, threshold: 0.5 }],
      ['text_region', 'below_text_box_score', { box_score: 0.4, threshold: 0.6 }],
      ['text_region', 'empty_text', { text: '  ' }],
    ])
  })

  it('that one annotator read twice are kept once', () => {
    const { regions, rejects } = decide(
      ocr('ppocr', [text('STOP', 0.9, [10, 10, 110, 50]), text('ST0P', 0.7, [12, 10, 112, 50])]),
    )
    expect(regions).toMatchObject([{ label: 'STOP', alternatives: [] }])
    expect(rejects).toMatchObject([
      { reason: 'duplicate_of_annotator', failed: { kept_text: 'STOP', kept_score: 0.9 } },
    ])
  })

  it('that several annotators read take the reading of most, and keep the others', () => {
    const { regions } = decide(
      ocr('a', [text('ST0P', 0.95, [10, 10, 110, 50])]),
      ocr('b', [text('STOP', 0.8, [11, 10, 111, 50])]),
      ocr('c', [text('ST OP', 0.7, [12, 10, 112, 50])]),
    )
    expect(regions).toMatchObject([{ label: 'STOP', alternatives: ['ST0P'], support: ['b', 'c'], votes: 2 }])
    expect(regions[0]?.score).toBeCloseTo(1 - 0.2 * 0.3, 12)
    expect(regions[0]?.candidates).toHaveLength(3)
  })

  it('on slanted neighbouring lines are two, though their upright boxes overlap', () => {
    // Two lines at 45 degrees, 30 apart: no common point, upright boxes with an IoU of .7.
    const first = [20, 200, 200, 20, 214, 34, 34, 214]
    const second = [50, 230, 230, 50, 244, 64, 64, 244]
    const { regions } = decide(
      ocr('ppocr', [
        text('first', 0.9, [20, 20, 214, 214], { quad: first }),
        text('second', 0.9, [50, 50, 244, 244], { quad: second }),
      ]),
    )
    expect(regions).toHaveLength(2)
  })
})
