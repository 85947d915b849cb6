import type {
  AnnotationRow,
  MaskColumns,
  PhraseRegionRow,
  RegionTextRow,
  RejectRow,
  ShardAnnotations,
  TextRow,
} from '../../schemas/annotation.js'
import type { Triplet } from './phrases/triplets.js'
import type { DecidedRegion } from './regions/decide-regions.js'
import { noMask } from './regions/region-masks.js'
import { chooseRegionText, type RegionWords } from './regions/region-texts.js'
import type { Reject } from './reject.js'
import type { DecidedText } from './texts/decide-texts.js'

/** What a row has from where it stands. Which checkpoints a run's annotators are is not asked here. */
type Place = Pick<AnnotationRow, 'image_id' | 'shard' | 'round' | 'checkpoints'>

interface Decided {
  readonly regions: readonly DecidedRegion[]
  readonly texts: readonly DecidedText[]
  readonly triplets: readonly Triplet[]
  /** By region. */
  readonly masks: ReadonlyMap<string, MaskColumns>
  readonly words: RegionWords
  readonly rejects: readonly Reject[]
  /** Family of each annotator. */
  readonly families: ReadonlyMap<string, string>
}

/** What was decided about an image as rows of the four tables, in the order it was decided. */
export function annotationRows(place: Place, decided: Decided): ShardAnnotations {
  return {
    text: decided.texts.map((text) => textRow(place, text)),
    region_text: decided.regions.map((region) => regionTextRow(place, region, decided)),
    phrase_region: decided.triplets.map((triplet) => phraseRegionRow(place, triplet, decided)),
    rejects: decided.rejects.map((reject) => rejectRow(place, reject)),
  }
}

// There are many rows of the others: each is made in one piece, which takes a fifth of the time that laying objects over each
// other takes.

function textRow(place: Place, text: DecidedText): TextRow {
  const { parsed, labels, unsupported_labels } = text
  return {
    ...place,
    support: [...text.support],
    votes: text.families.length,
    score: text.score,
    rule: 'valid_text',
    text_id: text.text_id,
    granularity: text.granularity,
    text: text.text,
    tokens: text.tokens,
    objects: parsed?.objects.length ?? null,
    attributes: parsed?.attributes.length ?? null,
    actions: parsed?.actions.length ?? null,
    proper_nouns: parsed?.proper_nouns.length ?? null,
    object_complexity: parsed?.object_complexity ?? null,
    action_complexity: parsed?.action_complexity ?? null,
    similarity: text.similarity,
    labels: labels === null ? null : [...labels],
    unsupported_labels: unsupported_labels === null ? null : [...unsupported_labels],
  }
}

function regionTextRow(
  { image_id, shard, round, checkpoints }: Place,
  region: DecidedRegion,
  { masks, words }: Decided,
): RegionTextRow {
  const [x1, y1, x2, y2] = region.box
  const chosen = chooseRegionText(region, words)
  const mask = masks.get(region.region_id) ?? noMask
  return {
    image_id,
    shard,
    round,
    checkpoints,
    support: [...region.support],
    votes: region.votes,
    score: region.score,
    rule: region.rule,
    region_id: region.region_id,
    kind: region.kind === 'text' ? 'text' : 'object',
    x1,
    y1,
    x2,
    y2,
    quad: region.quad === null ? null : [...region.quad],
    label: region.kind === 'object' ? region.label : null,
    alternatives: [...region.alternatives],
    phrase: chosen.phrase,
    brief_text: chosen.brief_text,
    noun_chunks: chosen.noun_chunks,
    chosen_text: chosen.chosen_text,
    chosen_from: chosen.chosen_from,
    similarity: chosen.similarity,
    dispersion: region.dispersion,
    is_group: region.is_group,
    polygon_points: mask.polygon_points,
    polygon_rings: mask.polygon_rings,
    mask_rle: mask.mask_rle,
    mask_score: mask.mask_score,
    mask_stability: mask.mask_stability,
  }
}

/** Its score is the product of the phrase's and the box's. */
function phraseRegionRow(
  { image_id, shard, round, checkpoints }: Place,
  triplet: Triplet,
  { families, masks }: Decided,
): PhraseRegionRow {
  const { text, phrase, start, end, region, support, phrase_score, box_score } = triplet
  const [x1, y1, x2, y2] = region.box
  const mask = masks.get(region.region_id) ?? noMask
  return {
    image_id,
    shard,
    round,
    checkpoints,
    support: [...support],
    votes: new Set(support.map((annotator) => families.get(annotator) ?? annotator)).size,
    score: phrase_score * box_score,
    rule: triplet.rule,
    text_id: text.text_id,
    phrase,
    start,
    end,
    region_id: region.region_id,
    x1,
    y1,
    x2,
    y2,
    phrase_score,
    box_score,
    polygon_points: mask.polygon_points,
    polygon_rings: mask.polygon_rings,
    mask_rle: mask.mask_rle,
    mask_score: mask.mask_score,
    mask_stability: mask.mask_stability,
  }
}

function rejectRow({ image_id, shard, round, checkpoints }: Place, reject: Reject): RejectRow {
  return {
    image_id,
    shard,
    round,
    support: reject.support,
    votes: reject.votes,
    score: reject.score,
    rule: reject.rule,
    checkpoints,
    kind: reject.kind,
    payload: JSON.stringify(reject.payload),
    stage: reject.stage,
    reason: reject.reason,
    failed: JSON.stringify(reject.failed),
  }
}
