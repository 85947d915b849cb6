import { createHash } from 'node:crypto'
import type { RejectRow } from '../../schemas/annotation.js'
import type { RunPlan, ShardCommit, ShardFailure } from '../../schemas/run.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { openFailures } from './open-failures.js'
import { quarantineReasons } from './quarantine.js'

/** Something that a run could not do. */
export interface FailureItem {
  /** A shard without a commit; an image that was taken out, or that an optional annotator could not do; an optional annotator that gave nothing for a shard. */
  readonly kind: 'shard' | 'image' | 'absent'
  readonly shard: string
  readonly image_id: string | null
  /** Where the image came from. */
  readonly source: string | null
  readonly stage: string
  readonly annotator: string | null
  readonly reason: string
  readonly message: string
  /** The same for failures of one kind: 8 hex digits over all but the numbers and names in the message. */
  readonly cause: string
  /** Whether doing it again may help: what ingest refused is a fact of the source. */
  readonly retriable: boolean
}

/**
 * All failures of a round: first the shards without a commit, then what the committed ones did without, by shard. Only tables
 * of shards whose commit counts a failure are read.
 */
export async function* failureItems(
  store: ObjectStore,
  { plan, round }: { plan: RunPlan; round: number },
  options: StoreOptions = {},
): AsyncGenerator<FailureItem, void, undefined> {
  for await (const failure of openFailures(store, { run: plan.run, round }, options)) yield shardItem(failure)
  for await (const commit of readCommits(store, plan.run, round, options)) {
    yield* absentItems(commit, plan)
    if (!imageReasons.some((reason) => commit.rejects[reason] !== undefined)) continue
    for (const row of await readShardTable(store, commit, 'rejects', options)) yield* imageItems(row, plan)
  }
}

/** What an optional annotator could not do of an image. */
const optionalFailure = 'annotator_failed'

const imageReasons: readonly string[] = [...quarantineReasons, optionalFailure]

/** The cause of a failure: what is left of its message when numbers, digests, paths and names in quotes are taken out. */
function causeOf(parts: Pick<FailureItem, 'kind' | 'stage' | 'annotator' | 'reason' | 'message'>): string {
  const { kind, stage, annotator, reason, message } = parts
  const words = message
    .replace(/"[^"]*"|'[^']*'/g, '"…"')
    .replace(/\S*[/\\]\S*/g, '…')
    .replace(/\b(?=\w*\d)\w+\b/g, '#')
  return createHash('sha256').update([kind, stage, annotator, reason, words].join('\0')).digest('hex').slice(0, 8)
}

function itemOf(item: Omit<FailureItem, 'cause'>): FailureItem {
  return { ...item, cause: causeOf(item) }
}

function shardItem({ shard, stage, annotator, code, message }: ShardFailure): FailureItem {
  const nobody = { image_id: null, source: null }
  return itemOf({ kind: 'shard', shard, ...nobody, stage, annotator, reason: code, message, retriable: true })
}

function absentItems({ shard, absent }: ShardCommit, { left_out, annotators }: RunPlan): FailureItem[] {
  const stages = new Map(annotators.map(({ name, stage }) => [name, stage]))
  return Object.entries(absent).map(([annotator, message]) =>
    itemOf({
      kind: 'absent',
      ...{ shard, annotator, message },
      image_id: null,
      source: null,
      stage: stages.get(annotator) ?? 'plan',
      reason: 'optional_annotator_absent',
      // What cannot be used as it is configured is so in every shard.
      retriable: !Object.hasOwn(left_out, annotator),
    }),
  )
}

function imageItems(row: RejectRow, plan: RunPlan): FailureItem[] {
  if (row.kind !== 'image' || !imageReasons.includes(row.reason)) return []
  const payload = record(row.payload)
  const source = typeof payload.source === 'string' ? payload.source : null
  const failed = Object.entries(record(row.failed)).map(([name, message]) => [name, String(message)] as const)
  const about = { kind: 'image', shard: row.shard, image_id: row.image_id || null, source, reason: row.reason } as const
  if (row.stage === 'ingest') {
    const message = failed.map(([, detail]) => detail).join('; ')
    return [itemOf({ ...about, stage: 'ingest', annotator: null, message, retriable: false })]
  }
  const stageOf = (name: string) => plan.annotators.find((planned) => planned.name === name)?.stage ?? row.stage
  const optional = typeof payload.annotator === 'string' ? payload.annotator : null
  return failed.map(([name, message]) => {
    const annotator = row.reason === optionalFailure ? (optional ?? name) : name
    return itemOf({ ...about, stage: stageOf(annotator), annotator, message, retriable: true })
  })
}

function record(json: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(json)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
