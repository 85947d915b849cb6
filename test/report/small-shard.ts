import type { PhraseRegionRow, RegionTextRow, RejectRow, ShardAnnotations, TextRow } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import type { ObservedFile, ReportShard } from '../../src/report/report-shards.js'

const row = {
  image_id: 'a',
  shard: '000000',
  round: 0,
  support: [] as string[],
  votes: 1,
  score: 0.9,
  rule: 'votes',
  checkpoints: null,
}
const noMask = { polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null }

export function textRow(changes: Partial<TextRow>): TextRow {
  return {
    ...row,
    text_id: 'a/brief0',
    granularity: 'brief',
    text: 'a dog',
    tokens: 2,
    objects: null,
    attributes: null,
    actions: null,
    proper_nouns: null,
    object_complexity: null,
    action_complexity: null,
    similarity: null,
    labels: null,
    unsupported_labels: null,
    ...changes,
  }
}

export function regionRow(changes: Partial<RegionTextRow>): RegionTextRow {
  return {
    ...row,
    ...noMask,
    region_id: 'a/r0',
    kind: 'object',
    ...{ x1: 0, y1: 0, x2: 10, y2: 10 },
    quad: null,
    label: 'dog',
    alternatives: [],
    phrase: 'dog',
    brief_text: null,
    noun_chunks: [],
    chosen_text: 'dog',
    chosen_from: 'phrase',
    similarity: null,
    dispersion: null,
    is_group: false,
    ...changes,
  }
}

export function tripletRow(changes: Partial<PhraseRegionRow>): PhraseRegionRow {
  return {
    ...row,
    ...noMask,
    text_id: 'a/brief0',
    phrase: 'a dog',
    start: 0,
    end: 5,
    region_id: 'a/r0',
    ...{ x1: 0, y1: 0, x2: 10, y2: 10 },
    phrase_score: 0.5,
    box_score: 0.5,
    ...changes,
  }
}

export function rejectRow(changes: Partial<RejectRow>): RejectRow {
  return {
    ...row,
    kind: 'object',
    payload: '{}',
    stage: 'consensus',
    reason: 'below_threshold',
    rule: 'score_threshold',
    failed: '{}',
    ...changes,
  }
}

function image(image_id: string): ImageRecord {
  return {
    image_id,
    shard: '000000',
    source: `/photos/${image_id}.jpg`,
    sha256: '0'.repeat(64),
    phash: '0'.repeat(16),
    near_duplicate_of: null,
    width: 200,
    height: 100,
    format: 'jpeg',
    bytes: 1,
    split: 'train',
    notes: [],
    tar_offset: 0,
  }
}

/** A shard of images a and b, 200 x 100 pixels each, with these rows, seen by these annotators. */
export function shardOf(
  annotations: Partial<ShardAnnotations>,
  observed: Readonly<Record<string, Partial<ObservedFile>>> = {},
): ReportShard {
  const files = Object.entries(observed).map(
    ([name, file]) => [name, { key: name, bytes: 100, rows: {}, cost: null, ...file }] as const,
  )
  return {
    commit: {
      run: 'r',
      round: 0,
      shard: '000000',
      attempt: 'x',
      images: 2,
      refused: 0,
      files: [],
      supersedes: null,
      absent: {},
      checkpoints: {},
      rejects: {},
      committed_at: '',
    },
    images: [image('a'), image('b')],
    annotations: { text: [], region_text: [], phrase_region: [], rejects: [], ...annotations },
    observed: new Map(files),
  }
}

/** A plan of annotators by name: what each produces, and the labels that it knows. */
export function planOf(
  annotators: Readonly<Record<string, { produces: string[]; vocabulary?: string[] }>>,
  changes: Partial<RunPlan> = {},
): RunPlan {
  const stages = [{ name: 'see', annotators: Object.keys(annotators).map((name) => `test/${name}`) }]
  return runPlanSchema.parse({
    run: 'r',
    set: 's',
    source: '/photos',
    label_digest: null,
    pipeline: { name: 'p', stages },
    annotators: Object.entries(annotators).map(([name, { produces, vocabulary = null }]) => ({
      name,
      use: `test/${name}`,
      required: true,
      stage: 'see',
      resource: 'cpu',
      needs: 'image',
      produces,
      digest: '0',
      entry: packEntrySchema.parse({ name, annotator: 'x', family: `${name}-family`, licence: 'none', vocabulary }),
    })),
    digest: 'd',
    created_at: '',
    version: '',
    ...changes,
  })
}
