import { annotationTables } from '../../schemas/annotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import { type Manifest, manifestSchema, type ShardCommit } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readCommits } from './committed-shards.js'
import { putJsonIfAbsent, readJson, readJsonIfPresent } from './json-record.js'

/** A round that may be closed: all shards of the set must have a commit. */
export interface RoundToClose {
  readonly run: string
  readonly round: number
  readonly set: string
  /** Digest of the run's plan. */
  readonly plan: string
  /** Shards of the set. */
  readonly shards: number
}

/**
 * Closes a round: adds up its commits - never a listing of tables - and writes the manifest unless there is one; the
 * one that stands is returned. Throws FldError `run_conflict` when shards of the set have no commit, or a commit is of
 * no shard of the set.
 */
export async function closeRound(
  store: ObjectStore,
  closing: RoundToClose,
  options: StoreOptions = {},
): Promise<Manifest> {
  const { run, round } = closing
  const closed = await readManifest(store, run, round, options)
  if (closed) return closed
  const commits: ShardCommit[] = []
  for await (const commit of readCommits(store, run, round, options)) commits.push(commit)
  checkComplete(closing, commits)
  const manifest = manifestOf(closing, commits)
  const key = storeLayout.manifest(run, round)
  if (await putJsonIfAbsent(store, key, manifest, options)) return manifest
  return readJson(store, key, manifestSchema, options)
}

/** The manifest of a round; null while it is not closed. */
export async function readManifest(
  store: ObjectStore,
  run: string,
  round: number,
  options: StoreOptions = {},
): Promise<Manifest | null> {
  return readJsonIfPresent(store, storeLayout.manifest(run, round), manifestSchema, options)
}

function checkComplete({ run, round, shards }: RoundToClose, commits: readonly ShardCommit[]): void {
  const expected = Array.from({ length: shards }, (_, index) => shardName(index))
  const committed = new Set(commits.map(({ shard }) => shard))
  const missing = expected.filter((shard) => !committed.delete(shard))
  const strange = [...committed]
  if (missing.length === 0 && strange.length === 0) return
  const faults = [
    missing.length > 0 ? `${missing.length} of ${shards} shards have no commit (${firstFew(missing)})` : '',
    strange.length > 0 ? `${strange.length} commits are of no shard of the set (${firstFew(strange)})` : '',
  ]
  const message = `run ${run}, round ${round} cannot be closed: ${faults.filter(Boolean).join('; ')}`
  throw new FldError('run_conflict', message, { details: { missing, strange } })
}

function firstFew(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')}, ...` : names.join(', ')
}

function manifestOf(closing: RoundToClose, commits: readonly ShardCommit[]): Manifest {
  const { run, round, plan, set } = closing
  const files = commits.flatMap((commit) => commit.files)
  const rowsOf = (table: string) => sum(files.filter((file) => file.table === table).map(({ rows }) => rows))
  return {
    run,
    round,
    plan,
    set,
    images: sum(commits.map(({ images }) => images)),
    refused: sum(commits.map(({ refused }) => refused)),
    rows: Object.fromEntries(annotationTables.map((table) => [table, rowsOf(table)])),
    bytes: sum(files.map(({ bytes }) => bytes)),
    rejects: addCounts(commits.map(({ rejects }) => rejects)),
    checkpoints: addCounts(commits.map(checkpointCounts)),
    shards: commits.map(({ shard, attempt, files }) => ({ shard, attempt, files })),
    closed_at: new Date().toISOString(),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** One shard for each version that annotated it. */
function checkpointCounts({ checkpoints }: ShardCommit): Record<string, number> {
  return Object.fromEntries(Object.entries(checkpoints).map(([name, version]) => [checkpointLabel(name, version), 1]))
}

function addCounts(counts: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const [reason, count] of counts.flatMap((entry) => Object.entries(entry))) {
    total[reason] = (total[reason] ?? 0) + count
  }
  return total
}
