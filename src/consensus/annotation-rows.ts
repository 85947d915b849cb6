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
    text: decided.texts.map((text) => textRow(place, text, decided)),
    region_text: decided.regions.map((region) => regionTextRow(place, region, decided)),
    phrase_region: decided.triplets.map((triplet) => phraseRegionRow(place, triplet, decided)),
    rejects: decided.rejects.map((reject) => rejectRow(place, reject)),
  }
}

function textRow(place: Place, text: DecidedText, { triplets, words }: Decided): TextRow {
  const own = triplets.filter((triplet) => triplet.text === text)
  const things = new Set(own.filter(({ region }) => region.kind !== 'text').map(({ region }) => region.region_id))
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
    // Distinct regions that its phrases name. What else a text holds takes a parser.
    objects: text.phrases.length === 0 && own.length === 0 ? null : things.size,
    attributes: null,
    actions: null,
    proper_nouns: null,
    object_complexity: null,
    action_complexity: null,
    similarity: words.similarities(null, [text.text])[0] ?? null,
    labels: null,
    unsupported_labels: null,
  }
}

function regionTextRow(place: Place, region: DecidedRegion, { masks, words }: Decided): RegionTextRow {
  const [x1, y1, x2, y2] = region.box
  return {
    ...place,
    support: [...region.support],
    votes: region.votes,
    score: region.score,
    rule: region.rule,
    region_id: region.region_id,
    kind: region.kind === 'text' ? 'text' : 'object',
    ...{ x1, y1, x2, y2 },
    quad: region.quad === null ? null : [...region.quad],
    label: region.kind === 'object' ? region.label : null,
    alternatives: [...region.alternatives],
    ...chooseRegionText(region, words),
    dispersion: region.dispersion,
    is_group: region.kind === 'object' ? false : null,
    ...(masks.get(region.region_id) ?? noMask),
  }
}

/** Its score is the product of the phrase's and the box's. */
function phraseRegionRow(place: Place, triplet: Triplet, { families, masks }: Decided): PhraseRegionRow {
  const { text, phrase, start, end, region, support, phrase_score, box_score } = triplet
  const [x1, y1, x2, y2] = region.box
  return {
    ...place,
    support: [...support],
    votes: new Set(support.map((annotator) => families.get(annotator) ?? annotator)).size,
    score: phrase_score * box_score,
    rule: triplet.rule,
    text_id: text.text_id,
    ...{ phrase, start, end },
    region_id: region.region_id,
    ...{ x1, y1, x2, y2 },
    ...{ phrase_score, box_score },
    ...(masks.get(region.region_id) ?? noMask),
  }
}

function rejectRow(place: Place, reject: Reject): RejectRow {
  return { ...place, ...reject, payload: JSON.stringify(reject.payload), failed: JSON.stringify(reject.failed) }
}
