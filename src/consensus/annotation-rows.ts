import type {
  AnnotationRow,
  PhraseRegionRow,
  RegionTextRow,
  RejectRow,
  ShardAnnotations,
  TextRow,
} from '../../schemas/annotation.js'
import type { DecidedRegion } from './decide-regions.js'
import type { DecidedText } from './decide-texts.js'
import type { GroundedPhrase } from './ground-phrases.js'
import type { Reject } from './reject.js'
import { distinct } from './source.js'

type Place = Pick<AnnotationRow, 'image_id' | 'shard' | 'round'>

interface Decided {
  readonly regions: readonly DecidedRegion[]
  readonly texts: readonly DecidedText[]
  readonly grounded: readonly GroundedPhrase[]
  readonly rejects: readonly Reject[]
  /** Family of each annotator. */
  readonly families: ReadonlyMap<string, string>
}

/** What was decided about an image as rows of the four tables, in the order it was decided. */
export function annotationRows(place: Place, decided: Decided): ShardAnnotations {
  return {
    text: decided.texts.map((text) => textRow(place, text, decided.grounded)),
    region_text: decided.regions.map((region) => regionTextRow(place, region)),
    phrase_region: decided.grounded.map((grounded) => phraseRegionRow(place, grounded, decided.families)),
    rejects: decided.rejects.map((reject) => rejectRow(place, reject)),
  }
}

function textRow(place: Place, text: DecidedText, grounded: readonly GroundedPhrase[]): TextRow {
  const own = grounded.filter((phrase) => phrase.text === text && phrase.region.kind === 'object')
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
    objects: text.phrases.length === 0 ? null : new Set(own.map((phrase) => phrase.region.region_id)).size,
    attributes: null,
    actions: null,
    proper_nouns: null,
    object_complexity: null,
    action_complexity: null,
    similarity: null,
  }
}

function regionTextRow(place: Place, region: DecidedRegion): RegionTextRow {
  const [x1, y1, x2, y2] = region.box
  return {
    ...place,
    support: [...region.support],
    votes: region.votes,
    score: region.score,
    rule: region.rule,
    region_id: region.region_id,
    kind: region.kind,
    ...{ x1, y1, x2, y2 },
    quad: region.quad === null ? null : [...region.quad],
    label: region.kind === 'object' ? region.label : null,
    alternatives: [...region.alternatives],
    phrase: region.label,
    brief_text: null,
    noun_chunks: [],
    chosen_text: region.label,
    chosen_from: 'phrase',
    similarity: null,
    dispersion: region.dispersion,
    polygon_points: null,
    polygon_rings: null,
  }
}

/** Supported by who wrote the phrase and by who saw the region; its score is the product of both scores. */
function phraseRegionRow(
  place: Place,
  { text, phrase, start, end, region }: GroundedPhrase,
  families: ReadonlyMap<string, string>,
): PhraseRegionRow {
  const [x1, y1, x2, y2] = region.box
  const support = distinct([...text.support, ...region.support])
  return {
    ...place,
    support,
    votes: new Set(support.map((annotator) => families.get(annotator) ?? annotator)).size,
    score: text.score * region.score,
    rule: 'region_agreed',
    text_id: text.text_id,
    ...{ phrase, start, end },
    region_id: region.region_id,
    ...{ x1, y1, x2, y2 },
    polygon_points: null,
    polygon_rings: null,
    phrase_score: text.score,
    box_score: region.score,
  }
}

function rejectRow(place: Place, reject: Reject): RejectRow {
  return { ...place, ...reject, payload: JSON.stringify(reject.payload), failed: JSON.stringify(reject.failed) }
}
