import type { ShardAnnotations } from '../../schemas/annotation.js'
import type { ImageRecord, RefusedImage } from '../../schemas/image.js'
import type { ShardCommit } from '../../schemas/run.js'

/** Something that a run must not be. */
export interface Violation {
  readonly what: string
  /** A key of the store, or a shard with its table and row. */
  readonly where: string
  readonly expected: string
  readonly found: string
}

/** A committed shard with all that it was made of. */
export interface ShardToVerify {
  readonly commit: ShardCommit
  readonly images: readonly ImageRecord[]
  readonly refused: readonly RefusedImage[]
  readonly annotations: ShardAnnotations
}

/** What a shard comes to: every image is in exactly one of the two. */
export interface ShardBalance {
  readonly committed: number
  /** Taken out in this round, beside what ingest refused. */
  readonly quarantined: number
}

const tables = ['text', 'region_text', 'phrase_region', 'rejects'] as const

/** Holds a shard's rows against its images: none lost, none twice, none that is not its own. Pure. */
export function verifyShard(shard: ShardToVerify): { violations: Violation[]; balance: ShardBalance } {
  const quarantined = quarantinedImages(shard)
  return {
    violations: [
      ...countViolations(shard),
      ...tables.flatMap((table) => orderViolations(shard, table)),
      ...strangers(shard),
      ...twins(shard),
      ...quarantineViolations(shard, quarantined),
    ],
    balance: { committed: shard.images.length - quarantined.size, quarantined: quarantined.size },
  }
}

function quarantinedImages({ annotations }: ShardToVerify): Set<string> {
  const out = annotations.rejects.filter(
    ({ kind, stage, rule }) => kind === 'image' && stage !== 'ingest' && rule === 'required_annotators',
  )
  return new Set(out.map(({ image_id }) => image_id))
}

function countViolations({ commit, images, refused, annotations }: ShardToVerify): Violation[] {
  const where = `shard ${commit.shard}`
  const refusedRows = annotations.rejects.filter(({ kind, stage }) => kind === 'image' && stage === 'ingest').length
  const counts: [what: string, expected: number, found: number][] = [
    ['images of the commit are those of the index', images.length, commit.images],
    ['refused files of the commit are those of ingest', refused.length, commit.refused],
    ['every refused file has one reject', refused.length, refusedRows],
    ...tables.map((table): [string, number, number] => [
      `rows of ${table} are those that the commit says`,
      commit.files.find((file) => file.table === table)?.rows ?? 0,
      annotations[table].length,
    ]),
  ]
  return counts
    .filter(([, expected, found]) => expected !== found)
    .map(([what, expected, found]) => ({ what, where, expected: String(expected), found: String(found) }))
}

function orderViolations({ commit, annotations }: ShardToVerify, table: (typeof tables)[number]): Violation[] {
  const rows = annotations[table]
  const at = rows.findIndex(({ image_id }, index) => image_id < (rows[index - 1]?.image_id ?? ''))
  if (at === -1) return []
  const where = `shard ${commit.shard}, ${table}, row ${at}`
  const before = rows[at - 1]?.image_id ?? ''
  return [
    { what: 'rows are sorted by image_id', where, expected: `not before ${before}`, found: rows[at]?.image_id ?? '' },
  ]
}

/** Rows of images, or of texts, that the shard has not. */
function strangers({ commit, images, annotations }: ShardToVerify): Violation[] {
  const ids = new Set(images.map(({ image_id }) => image_id))
  const texts = new Set(annotations.text.map(({ text_id }) => text_id))
  const own = (['text', 'region_text', 'phrase_region'] as const).flatMap((table) =>
    annotations[table].filter(({ image_id }) => !ids.has(image_id)).map(({ image_id }) => ({ table, found: image_id })),
  )
  const rejected = annotations.rejects
    .filter(({ image_id, stage }) => stage !== 'ingest' && !ids.has(image_id))
    .map(({ image_id }) => ({ table: 'rejects', found: image_id }))
  const textless = annotations.phrase_region.filter(({ text_id }) => !texts.has(text_id))
  const where = (table: string) => `shard ${commit.shard}, ${table}`
  return [
    ...[...own, ...rejected].map(({ table, found }) => ({
      ...{ what: 'a row is of an image of its shard', where: where(table), expected: 'an image of the index', found },
    })),
    ...textless.map(({ text_id }) => ({
      what: 'a phrase is of a text that is there',
      where: where('phrase_region'),
      expected: 'a text_id of table text',
      found: text_id,
    })),
  ]
}

/** Rows that are there twice. */
function twins({ commit, annotations }: ShardToVerify): Violation[] {
  const { text, region_text, phrase_region, rejects } = annotations
  const keys: Record<string, readonly string[]> = {
    text: text.map(({ text_id }) => text_id),
    region_text: region_text.map(({ image_id, region_id }) => `${image_id} ${region_id}`),
    phrase_region: phrase_region.map((row) => [row.text_id, row.start, row.end, row.region_id].join(' ')),
    rejects: rejects
      .filter(({ kind }) => kind === 'image')
      .map(({ image_id, reason, payload }) => [image_id, reason, payload].join(' ')),
  }
  return Object.entries(keys).flatMap(([table, ids]) => {
    const seen = new Set<string>()
    return ids
      .filter((id) => seen.size === seen.add(id).size)
      .map((found) => ({
        what: 'no row is there twice',
        where: `shard ${commit.shard}, ${table}`,
        expected: 'once',
        found,
      }))
  })
}

function quarantineViolations({ commit, annotations }: ShardToVerify, quarantined: ReadonlySet<string>): Violation[] {
  return (['text', 'region_text', 'phrase_region'] as const).flatMap((table) =>
    annotations[table]
      .filter(({ image_id }) => quarantined.has(image_id))
      .map(({ image_id: found }) => ({
        what: 'an image that was taken out has no annotation',
        where: `shard ${commit.shard}, ${table}`,
        expected: 'none',
        found,
      })),
  )
}
