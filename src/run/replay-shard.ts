import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type RunPlan, type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../dataset/commit.js'
import { readImageIndex } from '../dataset/image-set.js'
import { readJson } from '../dataset/json-record.js'
import { observationsExist } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'
import { decideShard } from './decide-shard.js'
import { observationKeys, sourceKeys } from './observation-keys.js'
import { recordFailure } from './run-ledger.js'
import { planWithVersions } from './shard-checkpoints.js'

/** A shard to decide again. */
export interface ShardToReplay {
  readonly store: ObjectStore
  /** Of the replay. */
  readonly plan: RunPlan
  readonly round: number
  readonly shard: string
  readonly signal: AbortSignal
}

/**
 * Decides a shard again from what lies in the store, and commits: no model is loaded. The commit of the replayed round
 * says which versions of checkpoints spoke and which annotators were absent; whoever has spoken since is not heard, so
 * that the same rules give the same rows. Throws FldError `store_missing` naming the annotator whose observations are gone.
 */
export async function replayShard({ store, plan, round, shard, signal }: ShardToReplay): Promise<ShardCommit> {
  const earlier = await replayedCommit(store, plan, shard, signal)
  const { absent, checkpoints } = earlier
  const bound = await planWithVersions(store, plan, checkpoints, { signal })
  const keys = await storedKeys({ store, plan: bound, shard, signal, absent: new Set(Object.keys(absent)) })
  const images = await readImageIndex(store, plan.set, shard, { signal })
  const decided = await decideShard({ store, plan: bound, round, shard, images, keys, signal })
  const attempt = randomBytes(4).toString('hex')
  const { commit } = await commitShard(
    store,
    { run: plan.run, round, shard, attempt, images: images.length, absent, checkpoints, ...decided },
    { signal },
  )
  return commit
}

/** Keeps why a shard could not be decided again. */
export async function recordReplayFailure(
  store: ObjectStore,
  { plan, round, shard, error }: { plan: RunPlan; round: number; shard: string; error: unknown },
): Promise<void> {
  await recordFailure(store, {
    run: plan.run,
    round,
    shard,
    stage: 'replay',
    annotator: null,
    code: error instanceof FldError ? error.code : 'internal',
    message: errorMessage(error),
    failed_at: new Date().toISOString(),
  })
}

async function replayedCommit(
  store: ObjectStore,
  { run, replay_of }: RunPlan,
  shard: string,
  signal: AbortSignal,
): Promise<ShardCommit> {
  if (replay_of === null) throw new RangeError(`run ${run} replays nothing`)
  return readJson(store, storeLayout.commit(replay_of.run, replay_of.round, shard), shardCommitSchema, { signal })
}

/** Where the observations lie of all annotators that were not absent. */
async function storedKeys(
  question: Omit<ShardToReplay, 'round'> & { readonly absent: ReadonlySet<string> },
): Promise<ReadonlyMap<string, string>> {
  const { store, plan, shard, absent, signal } = question
  const all = [...(await observationKeys(question))].filter(([name]) => !absent.has(name))
  // Ingest writes them for every shard of a set with labels.
  const keys = [...all, ...sourceKeys(plan, shard)]
  const there = await Promise.all(
    keys.map(async (each) => {
      const exists = await observationsExist(store, each[1], { signal })
      return exists || neverWritten(store, each, signal)
    }),
  )
  const missing = keys.filter((_, index) => !there[index])
  if (missing.length > 0) throw missingObservations(store, shard, missing)
  return new Map(all)
}

/** Sets packed when all texts were of `source` have no file of the source's other annotators, of any shard. */
async function neverWritten(
  store: ObjectStore,
  [name, key]: readonly [annotator: string, key: string],
  signal: AbortSignal,
): Promise<boolean> {
  if (name === 'source' || !sourceAnnotators.some(({ annotator }) => annotator === name)) return false
  for await (const _ of store.list(`${posix.dirname(key)}/`, { signal })) return false
  return true
}

function missingObservations(
  store: ObjectStore,
  shard: string,
  missing: readonly (readonly [annotator: string, key: string])[],
): FldError {
  const who = missing.map(([name]) => `annotator ${name}`).join(', ')
  const keys = missing.map(([, key]) => key)
  const message = `${who}: what was said of shard ${shard} is no longer in ${store.uri} (${keys.join(', ')}), and a replay runs no model`
  return new FldError('store_missing', message, { details: { shard, keys } })
}
