import type { Box, Quad } from './geometry.js'
import type { CaptionPhrase, Granularity } from './observation.js'

/** What every row of every annotation table carries. */
export interface AnnotationRow {
  image_id: string
  shard: string
  round: number
  /** Names of the annotators that support it, sorted. */
  support: string[]
  /** Distinct model families among them. */
  votes: number
  /** 0-1. */
  score: number
  /** The rule that let it pass (or, for a reject, that stopped it). */
  rule: string
  /** The checkpoints among its support, `name@version`, sorted; null where there is none, and in files from before there were. */
  checkpoints: string[] | null
}

/** The mask of a row's region; all null without one. */
export interface MaskColumns {
  /** x y pairs of all rings, one after another, in pixels; outer rings clockwise as seen, holes the other way. */
  polygon_points: number[] | null
  /** Index of each ring's first pair in `polygon_points`. */
  polygon_rings: number[] | null
  /** COCO's compressed run lengths over the whole image. */
  mask_rle: string | null
  /** IoU that the model expects, 0-1. */
  mask_score: number | null
  /** IoU between the mask at a higher and at a lower threshold, 0-1; null also for masks that have no threshold. */
  mask_stability: number | null
}

/** Table `text`: one text of one granularity about one image. Null where this run had no annotator or parser for it. */
export interface TextRow extends AnnotationRow {
  text_id: string
  granularity: Granularity
  text: string
  /** Words, by Unicode word segmentation. */
  tokens: number
  objects: number | null
  attributes: number | null
  actions: number | null
  proper_nouns: number | null
  object_complexity: number | null
  action_complexity: number | null
  similarity: number | null
  /** Canonical labels of what it names, as far as the synonym table knows them, sorted; null where it was not parsed. */
  labels: string[] | null
  /** Those of them that a detector of the run could have seen and that no region and no weak box bears out. */
  unsupported_labels: string[] | null
}

/** Table `region_text`: one agreed region and the text chosen for it. */
export interface RegionTextRow extends AnnotationRow, MaskColumns {
  region_id: string
  kind: 'object' | 'text'
  x1: number
  y1: number
  x2: number
  y2: number
  /** Eight numbers for text regions, null for objects. */
  quad: number[] | null
  /** Canonical label; null for text regions. */
  label: string | null
  /** Labels that lost to `label` on the same box, best first. */
  alternatives: string[]
  phrase: string
  brief_text: string | null
  noun_chunks: string[]
  chosen_text: string
  chosen_from: 'phrase' | 'brief_text' | 'noun_chunk'
  similarity: number | null
  /** 1 - mean IoU between the fused box and the supporting boxes; null with one supporter. */
  dispersion: number | null
  /** One box around many things of this label; null for text regions, and in files from before groups were told. */
  is_group: boolean | null
}

/** Table `phrase_region`: a phrase of a text and one region it stands for. */
export interface PhraseRegionRow extends AnnotationRow, MaskColumns {
  text_id: string
  phrase: string
  /** Characters in the text, end exclusive: text.slice(start, end) === phrase. */
  start: number
  end: number
  region_id: string
  x1: number
  y1: number
  x2: number
  y2: number
  phrase_score: number
  box_score: number
}

/** Table `rejects`: what did not pass, why, and the values that failed. */
export interface RejectRow extends AnnotationRow {
  kind: 'image' | 'object' | 'text_region' | 'text' | 'phrase' | 'mask'
  /** The thing itself, as JSON. */
  payload: string
  stage: 'ingest' | 'annotate' | 'consensus' | 'round'
  reason: string
  /** The values that failed and what was asked of them, as JSON. */
  failed: string
}

/** The annotations of one shard in one round: what a commit makes visible. */
export interface ShardAnnotations {
  text: TextRow[]
  region_text: RegionTextRow[]
  phrase_region: PhraseRegionRow[]
  rejects: RejectRow[]
}
export type AnnotationTable = keyof ShardAnnotations
export const annotationTables = ['text', 'region_text', 'phrase_region', 'rejects'] as const satisfies AnnotationTable[]

/** A region that consensus agreed on, as later stages (captions, grounding, masks) see it. */
export interface AgreedRegion {
  readonly region_id: string
  /** `phrase`: the box of a grounded phrase that is no region of the others. */
  readonly kind: 'object' | 'text' | 'phrase'
  /** Canonical label of an object, the text that was read, or the phrase. */
  readonly label: string
  readonly box: Box
  readonly quad: Quad | null
  readonly score: number
}

/** A text that was decided on, as later stages (grounding, similarity, detailed text) see it. */
export interface AgreedText {
  readonly granularity: Granularity
  readonly text: string
  /** Phrases of it, by place: those that annotators named, and noun phrases that the parser found. */
  readonly phrases: readonly CaptionPhrase[]
}

/** What could stand for a region as its text, from the category down to the captions of its crop. */
export interface RegionTexts {
  readonly region_id: string
  readonly texts: readonly string[]
}
