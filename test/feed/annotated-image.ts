import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { AnnotatedImage } from '../../src/feed/samples/annotated-image.js'

const image_id = '0123456789abcdef01234567'
const shared = {
  ...{
    image_id,
    shard: '000000',
    round: 0,
    support: ['yolox'],
    votes: 1,
    score: 0.5,
    rule: 'votes',
    checkpoints: null,
  },
}
const noMask = {
  ...{ polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null },
}

export const record: ImageRecord = {
  ...{
    image_id,
    shard: '000000',
    source: 'a.jpg',
    sha256: '0'.repeat(64),
    phash: '0'.repeat(16),
    near_duplicate_of: null,
  },
  ...{ width: 640, height: 480, format: 'jpeg', bytes: 1, split: 'train', notes: [], tar_offset: 0 },
}

export function region(
  name: string,
  label: string,
  [x1, y1, x2, y2]: Box,
  rest: Partial<RegionTextRow> = {},
): RegionTextRow {
  return {
    ...shared,
    ...{ region_id: `${image_id}/${name}`, kind: 'object', x1, y1, x2, y2, quad: null, label, alternatives: [] },
    ...{
      phrase: label,
      brief_text: null,
      noun_chunks: [],
      chosen_text: label,
      chosen_from: 'phrase',
      similarity: null,
    },
    ...{ dispersion: null, is_group: false, ...noMask },
    ...rest,
  }
}

export function line(name: string, words: string, [x1, y1, x2, y2]: Box): RegionTextRow {
  const quad = [x1, y1, x2, y1, x2, y2, x1, y2]
  return region(name, words, [x1, y1, x2, y2], { kind: 'text', label: null, quad, is_group: null })
}

export function text(granularity: TextRow['granularity'], words: string, number = 0): TextRow {
  return {
    ...shared,
    ...{ text_id: `${image_id}/${granularity}${number}`, granularity, text: words, tokens: 1, objects: null },
    ...{ attributes: null, actions: null, proper_nouns: null, object_complexity: null, action_complexity: null },
    ...{ similarity: null, labels: null, unsupported_labels: null },
  }
}

export function phrase(
  of: TextRow,
  words: string,
  on: RegionTextRow,
  rest: Partial<PhraseRegionRow> = {},
): PhraseRegionRow {
  const start = of.text.indexOf(words)
  const { region_id, x1, y1, x2, y2 } = on
  return {
    ...shared,
    ...{ text_id: of.text_id, phrase: words, start, end: start + words.length, region_id, x1, y1, x2, y2 },
    ...{ phrase_score: 0.5, box_score: 0.5, ...noMask },
    ...rest,
  }
}

export function annotated(
  rows: Partial<Omit<AnnotatedImage, 'image'>>,
  image: Partial<ImageRecord> = {},
): AnnotatedImage {
  return { image: { ...record, ...image }, text: [], region_text: [], phrase_region: [], ...rows }
}
