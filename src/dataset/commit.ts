import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  type AnnotationTable,
  annotationTables,
  type RejectRow,
  type ShardAnnotations,
} from '../../schemas/annotation.js'
import { type CheckpointVersions, type CommittedFile, type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { annotationTableDefinitions } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { encodeTable } from './encode-table.js'
import { putJsonIfAbsent, readJson, readJsonIfPresent, replaceJsonIf } from './json-record.js'

/** What one attempt at a shard wants to make visible. */
export interface ShardAttempt {
  readonly run: string
  readonly round: number
  readonly shard: string
  /** New for every try, also for a retry of the same job: it names the try's own files. */
  readonly attempt: string
  readonly annotations: ShardAnnotations
  /** Images of the shard. */
  readonly images: number
  /** Files of the shard's stretch of the source that ingest refused. */
  readonly refused: number
  /** Optional annotators that gave nothing for this shard, with the reason. */
  readonly absent: Readonly<Record<string, string>>
  /** The version of each checkpoint that the shard took up; none when left out. */
  readonly checkpoints?: CheckpointVersions
}

/**
 * Makes a shard's annotations of a round visible, exactly once whatever the number of attempts: the tables go to keys
 * of this attempt alone, then one conditional put of the commit record decides. The files of an attempt that lost, or
 * that was killed before that put, are named by no commit, and readers follow commits only. A table without rows gets
 * no file: Hugging Face datasets (5.0) cannot load a file without rows, on its own or before others.
 *
 * `won` says whether this attempt is the one; `commit` is the winner's either way. An attempt at a shard that is
 * already committed writes nothing.
 */
export async function commitShard(
  store: ObjectStore,
  attempt: ShardAttempt,
  options: StoreOptions = {},
): Promise<{ won: boolean; commit: ShardCommit }> {
  const key = storeLayout.commit(attempt.run, attempt.round, attempt.shard)
  const earlier = await readJsonIfPresent(store, key, shardCommitSchema, options)
  if (earlier) return { won: earlier.attempt === attempt.attempt, commit: earlier }
  const commit = commitRecord(attempt, await writeTables(store, attempt, options))
  if (await putJsonIfAbsent(store, key, commit, options)) return { won: true, commit }
  // A put that was sent again after its answer got lost finds its own record: then this attempt has won after all.
  const winner = await readJson(store, key, shardCommitSchema, options)
  return { won: winner.attempt === attempt.attempt, commit: winner }
}

/**
 * Puts a shard that was done again in the place of what is committed of it: readers see the one or the other, whole. Where
 * every table is the same the commit stays as it is. Of several that supersede the same commit one wins. `changed` says
 * whether this attempt is visible now. Throws FldError `store_missing` for a shard without a commit.
 */
export async function supersedeCommit(
  store: ObjectStore,
  attempt: ShardAttempt,
  options: StoreOptions = {},
): Promise<{ changed: boolean; commit: ShardCommit }> {
  const key = storeLayout.commit(attempt.run, attempt.round, attempt.shard)
  const etag = (await store.head(key, options))?.etag ?? ''
  const earlier = await readJson(store, key, shardCommitSchema, options)
  const commit = { ...commitRecord(attempt, await writeTables(store, attempt, options)), supersedes: earlier.attempt }
  const same = sameContent(earlier, commit)
  if (!same && (await replaceJsonIf(store, key, commit, { ...options, etag }))) return { changed: true, commit }
  await store.delete(
    commit.files.map((file) => file.key),
    options,
  )
  return { changed: false, commit: same ? earlier : await readJson(store, key, shardCommitSchema, options) }
}

function sameContent(one: ShardCommit, other: ShardCommit): boolean {
  const contentOf = ({ files, absent }: ShardCommit) => [files.map(({ table, sha256 }) => [table, sha256]), absent]
  return isDeepStrictEqual(contentOf(one), contentOf(other))
}

async function writeTables(store: ObjectStore, attempt: ShardAttempt, options: StoreOptions): Promise<CommittedFile[]> {
  const filled = annotationTables.filter((table) => attempt.annotations[table].length > 0)
  return Promise.all(filled.map((table) => writeAttemptTable(store, attempt, table, options)))
}

async function writeAttemptTable(
  store: ObjectStore,
  attempt: ShardAttempt,
  table: AnnotationTable,
  options: StoreOptions,
): Promise<CommittedFile> {
  const { run, round, shard } = attempt
  const key = storeLayout.table(run, round, table, shard, attempt.attempt)
  const metadata = { 'fld.run': run, 'fld.round': String(round), 'fld.shard': shard }
  const body = encodeAnnotations(table, attempt.annotations, metadata)
  await store.put(key, body, options)
  const sha256 = createHash('sha256').update(body).digest('hex')
  return { table, key, rows: attempt.annotations[table].length, bytes: body.byteLength, sha256 }
}

function encodeAnnotations<Table extends AnnotationTable>(
  table: Table,
  annotations: ShardAnnotations,
  metadata: Record<string, string>,
): Uint8Array {
  const rows: readonly ShardAnnotations[Table][number][] = annotations[table]
  return encodeTable<ShardAnnotations[Table][number]>(annotationTableDefinitions[table], rows, { metadata })
}

function commitRecord(attempt: ShardAttempt, files: CommittedFile[]): ShardCommit {
  const { run, round, shard, images, refused, absent, checkpoints = {} } = attempt
  const rejects = countReasons(attempt.annotations.rejects)
  const committed_at = new Date().toISOString()
  return {
    run,
    round,
    shard,
    attempt: attempt.attempt,
    images,
    refused,
    files,
    supersedes: null,
    absent,
    checkpoints,
    rejects,
    committed_at,
  }
}

function countReasons(rejects: readonly RejectRow[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { reason } of rejects) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Object.fromEntries(counts)
}
