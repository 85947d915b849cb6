import type { PhraseRegionRow, RegionTextRow, ShardAnnotations, TextRow } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import { mergeRulesSchema } from '../../schemas/round.js'
import type { ImageToMerge } from '../../src/rounds/merge/image-to-merge.js'

export const image = { image_id: '0123456789abcdef01234567', width: 640, height: 480 }
const row = { image_id: image.image_id, shard: '000000', round: 0, checkpoints: null }
const noMask = {
  ...{ polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null },
}

/** A region on little: one family, a low score. */
export function regionRow(label: string, [x1, y1, x2, y2]: Box, rest: Partial<RegionTextRow> = {}): RegionTextRow {
  return {
    ...row,
    ...{ support: ['yolox'], votes: 1, score: 0.4, rule: 'solo', region_id: `${image.image_id}/o-${label}` },
    ...{ kind: 'object', x1, y1, x2, y2, quad: null, label, alternatives: [], phrase: label, brief_text: null },
    ...{
      noun_chunks: [],
      chosen_text: label,
      chosen_from: 'phrase',
      similarity: null,
      dispersion: null,
      is_group: false,
    },
    ...noMask,
    ...rest,
  }
}

export function textRow(text: string, rest: Partial<TextRow> = {}): TextRow {
  return {
    ...row,
    ...{ support: ['captioner'], votes: 1, score: 0.9, rule: 'valid_text', text_id: `${image.image_id}/brief0` },
    ...{ granularity: 'brief', text, tokens: text.split(' ').length, objects: 1, attributes: 0, actions: 0 },
    ...{
      proper_nouns: 0,
      object_complexity: 1,
      action_complexity: 0,
      similarity: null,
      labels: [],
      unsupported_labels: [],
    },
    ...rest,
  }
}

/** A phrase of a text on a region, weak as well. */
export function tripletRow(
  text: TextRow,
  phrase: string,
  region: RegionTextRow,
  rest: Partial<PhraseRegionRow> = {},
): PhraseRegionRow {
  const start = text.text.indexOf(phrase)
  const { region_id, x1, y1, x2, y2 } = region
  return {
    ...row,
    ...{ support: ['grounder'], votes: 1, score: 0.3, rule: 'grounded', text_id: text.text_id, phrase },
    ...{ start, end: start + phrase.length, region_id, x1, y1, x2, y2, phrase_score: 0.5, box_score: 0.6 },
    ...noMask,
    ...rest,
  }
}

export const nothing: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }

/** Round 1 of an image about which nothing stands and nothing is said, asked for all. */
export function merging(rest: Partial<ImageToMerge>): ImageToMerge {
  return {
    ...{ image, shard: '000000', round: 1, before: nothing, decided: nothing, specialists: [] },
    checkpoint: saying([]),
    rules: mergeRulesSchema.parse({}),
    ...rest,
  }
}

/** The checkpoint base@1, which said this of the image as a whole. */
export function saying(observations: readonly Observation[], annotator = 'base-v1-image'): ImageToMerge['checkpoint'] {
  return {
    label: 'base@1',
    voices: [{ annotator, family: 'florence2', observations }],
    asked: { objects: true, text_regions: true, phrases: true },
  }
}

export function object(label: string, box: Box, score = 0.5): Observation {
  return { kind: 'object', label, score, box }
}
