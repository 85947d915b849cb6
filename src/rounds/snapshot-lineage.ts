import type { SnapshotLineage } from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { manifestSha256, readManifest } from '../dataset/manifest.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A closed round of a run. */
export interface SnapshotName {
  readonly run: string
  readonly round: number
}

/**
 * The newest snapshot of a round, which a checkpoint was trained on, pinned by its manifest. Throws FldError `run_missing` where the store
 * has no such run or the round is not closed, `store_corrupt` for what is no manifest of it.
 */
export async function snapshotLineage(
  store: ObjectStore,
  { run, round }: SnapshotName,
  options: StoreOptions = {},
): Promise<SnapshotLineage> {
  const newest = await readManifest(store, run, round, options)
  if (newest === null) throw await noSnapshot(store, { run, round }, options)
  const key = storeLayout.manifest(run, round, newest.revision)
  if (newest.run !== run || newest.round !== round) {
    const message = `${store.uri}: ${key} is the manifest of run "${newest.run}", round ${newest.round}`
    throw new FldError('store_corrupt', message, { details: { key } })
  }
  return { run, round, revision: newest.revision, manifest_sha256: await manifestSha256(store, newest, options) }
}

async function noSnapshot(store: ObjectStore, { run, round }: SnapshotName, options: StoreOptions): Promise<FldError> {
  const known = (await store.head(storeLayout.runPlan(run), options)) !== null
  const message = known
    ? `run "${run}" in ${store.uri} has no snapshot of round ${round}: a round is closed when all its shards are committed (fld status ${run})`
    : `no run "${run}" in ${store.uri}: a checkpoint is added to the store that holds what it was trained on (fld runs)`
  return new FldError('run_missing', message, { details: { run, round } })
}
