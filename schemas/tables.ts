import type {
  AnnotationRow,
  MaskColumns,
  PhraseRegionRow,
  RegionTextRow,
  RejectRow,
  ShardAnnotations,
  TextRow,
} from './annotation.js'
import type { ImageRecord } from './image.js'
import type { Granularity, ObservationKind } from './observation.js'

/** Raised when a column changes its name, type or meaning, not when a nullable one is added. Kept in every file's metadata. */
export const tablesVersion = 1

/**
 * A value of one cell: `int64` columns hold JavaScript's safe integers; `json` is text like `string`, which nobody looks for by
 * its order and which seldom repeats.
 */
export type ScalarType = 'string' | 'json' | 'boolean' | 'int32' | 'int64' | 'double'
/** A scalar, a list of scalars (`[]`), and either of them where null is allowed (`?`). */
export type ColumnType = ScalarType | `${ScalarType}?` | `${ScalarType}[]` | `${ScalarType}[]?`

type ScalarOf<Value> = Value extends string
  ? 'string' | 'json'
  : Value extends boolean
    ? 'boolean'
    : Value extends number
      ? 'int32' | 'int64' | 'double'
      : never
type RequiredOf<Value> = Value extends readonly (infer Element)[] ? `${ScalarOf<Element>}[]` : ScalarOf<Value>
/** The column types that can hold a field of a row: a nullable field needs a nullable column and no other may be one. */
type ColumnOf<Value> = null extends Value ? `${RequiredOf<NonNullable<Value>>}?` : RequiredOf<Value>

/** The columns of a Parquet table, in their order in the file. Built by `defineTable` only, so that rows and columns agree. */
export interface TableDefinition<Row extends object> {
  readonly name: string
  readonly columns: { readonly [Field in keyof Row]-?: ColumnOf<Row[Field]> }
}

function defineTable<Row extends { image_id: string }>(
  name: string,
  columns: TableDefinition<Row>['columns'],
): TableDefinition<Row> {
  return { name, columns }
}

const annotationColumns = {
  image_id: 'string',
  shard: 'string',
  round: 'int32',
  support: 'string[]',
  votes: 'int32',
  score: 'double',
  rule: 'string',
  checkpoints: 'string[]?',
} as const satisfies TableDefinition<AnnotationRow>['columns']

const maskColumns = {
  polygon_points: 'double[]?',
  polygon_rings: 'int32[]?',
  mask_rle: 'string?',
  mask_score: 'double?',
  mask_stability: 'double?',
} as const satisfies TableDefinition<MaskColumns>['columns']

/** The images of a shard, with where their encoded bytes start in the shard's tar. */
export const imageTable = defineTable<ImageRecord>('images', {
  image_id: 'string',
  shard: 'string',
  source: 'string',
  sha256: 'string',
  phash: 'string',
  near_duplicate_of: 'string?',
  width: 'int32',
  height: 'int32',
  format: 'string',
  bytes: 'int64',
  split: 'string',
  notes: 'string[]',
  tar_offset: 'int64',
})

const textTable = defineTable<TextRow>('text', {
  ...annotationColumns,
  text_id: 'string',
  granularity: 'string',
  text: 'string',
  tokens: 'int32',
  objects: 'int32?',
  attributes: 'int32?',
  actions: 'int32?',
  proper_nouns: 'int32?',
  object_complexity: 'double?',
  action_complexity: 'double?',
  similarity: 'double?',
  labels: 'string[]?',
  unsupported_labels: 'string[]?',
})

const regionTextTable = defineTable<RegionTextRow>('region_text', {
  ...annotationColumns,
  region_id: 'string',
  kind: 'string',
  x1: 'double',
  y1: 'double',
  x2: 'double',
  y2: 'double',
  quad: 'double[]?',
  label: 'string?',
  alternatives: 'string[]',
  phrase: 'string',
  brief_text: 'string?',
  noun_chunks: 'string[]',
  chosen_text: 'string',
  chosen_from: 'string',
  similarity: 'double?',
  dispersion: 'double?',
  is_group: 'boolean?',
  ...maskColumns,
})

const phraseRegionTable = defineTable<PhraseRegionRow>('phrase_region', {
  ...annotationColumns,
  text_id: 'string',
  phrase: 'string',
  start: 'int32',
  end: 'int32',
  region_id: 'string',
  x1: 'double',
  y1: 'double',
  x2: 'double',
  y2: 'double',
  phrase_score: 'double',
  box_score: 'double',
  ...maskColumns,
})

const rejectTable = defineTable<RejectRow>('rejects', {
  ...annotationColumns,
  kind: 'string',
  payload: 'json',
  stage: 'string',
  reason: 'string',
  failed: 'json',
})

/** The tables that a commit makes visible, by name. */
export const annotationTableDefinitions: {
  readonly [Table in keyof ShardAnnotations]: TableDefinition<ShardAnnotations[Table][number]>
} = { text: textTable, region_text: regionTextTable, phrase_region: phraseRegionTable, rejects: rejectTable }

/**
 * One row of an observation file. An image with observations has one row for each; an image in which nothing was found
 * has a single row of kind `none`, one that could not be processed a single row of kind `failure`: an image that is
 * not in the file was never shown to the annotator.
 */
export interface ObservationRow {
  image_id: string
  kind: ObservationKind | 'none' | 'failure'
  /** `object`: as the annotator's own vocabulary has it. */
  label: string | null
  /** `object` only: one box around many; null for a single one. */
  is_group: boolean | null
  /**
   * The text of `text_region`, `image_text`, `caption`, `grounded_phrase`, `region_caption`, `similarity`, `rejected_text`,
   * and of `proposed_region` where there is one; `failure`: the message.
   */
  text: string | null
  /** `caption` and `rejected_text`. */
  granularity: Granularity | null
  score: number | null
  /** `text_region` and `grounded_phrase`. */
  box_score: number | null
  /** The box of `object`, `text_region`, `proposed_region` and `grounded_phrase`, pixels. */
  x1: number | null
  y1: number | null
  x2: number | null
  y2: number | null
  /** `text_region` only: eight numbers, pixels. */
  quad: number[] | null
  /** `caption` only, one entry per phrase: its characters in the text, end exclusive. */
  phrase_starts: number[] | null
  phrase_ends: number[] | null
  /** `caption` only: index of each phrase's first region in `phrase_regions`; its last is before the next phrase's first. */
  phrase_offsets: number[] | null
  /** `caption` only: the region ids of all phrases, one phrase after another. */
  phrase_regions: string[] | null
  /** `region_caption`, `mask`, `similarity`, `rejected_text`: the agreed region it is about. */
  region_id: string | null
  /** `grounded_phrase` only: its characters in the text, end exclusive. */
  start: number | null
  end: number | null
  /** `similarity` only. */
  cosine: number | null
  /** `mask` only, as in `MaskObservation`; null also for masks without a threshold. */
  stability: number | null
  /** `mask` only. */
  polygon_points: number[] | null
  polygon_rings: number[] | null
  rle: string | null
  /** `rejected_text` only; `failed` as JSON. */
  reason: string | null
  failed: string | null
}

/** What one annotator said about the images of one shard. */
export const observationTable = defineTable<ObservationRow>('observations', {
  image_id: 'string',
  kind: 'string',
  label: 'string?',
  is_group: 'boolean?',
  text: 'string?',
  granularity: 'string?',
  score: 'double?',
  box_score: 'double?',
  x1: 'double?',
  y1: 'double?',
  x2: 'double?',
  y2: 'double?',
  quad: 'double[]?',
  phrase_starts: 'int32[]?',
  phrase_ends: 'int32[]?',
  phrase_offsets: 'int32[]?',
  phrase_regions: 'string[]?',
  region_id: 'string?',
  start: 'int32?',
  end: 'int32?',
  cosine: 'double?',
  stability: 'double?',
  polygon_points: 'double[]?',
  polygon_rings: 'int32[]?',
  rle: 'string?',
  reason: 'string?',
  failed: 'string?',
})
