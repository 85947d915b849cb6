import { createHash } from 'node:crypto'
import type { SnapshotLineage } from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import { manifestSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A closed round of a run. */
export interface SnapshotName {
  readonly run: string
  readonly round: number
}

/**
 * The snapshot that a checkpoint was trained on, pinned by its manifest. Throws FldError `run_missing` where the store
 * has no such run or the round is not closed, `store_corrupt` for what is no manifest of it.
 */
export async function snapshotLineage(
  store: ObjectStore,
  { run, round }: SnapshotName,
  options: StoreOptions = {},
): Promise<SnapshotLineage> {
  const key = storeLayout.manifest(run, round)
  if ((await store.head(key, options)) === null) throw await noSnapshot(store, { run, round }, options)
  const manifest = await readJson(store, key, manifestSchema, options)
  if (manifest.run !== run || manifest.round !== round) {
    const message = `${store.uri}: ${key} is the manifest of run "${manifest.run}", round ${manifest.round}`
    throw new FldError('store_corrupt', message, { details: { key } })
  }
  // A manifest is written once: these are the same bytes.
  const sha256 = createHash('sha256').update(await store.get(key, options))
  return { run, round, manifest_sha256: sha256.digest('hex') }
}

async function noSnapshot(store: ObjectStore, { run, round }: SnapshotName, options: StoreOptions): Promise<FldError> {
  const known = (await store.head(storeLayout.runPlan(run), options)) !== null
  const message = known
    ? `run "${run}" in ${store.uri} has no snapshot of round ${round}: a round is closed when all its shards are committed (fld status ${run})`
    : `no run "${run}" in ${store.uri}: a checkpoint is added to the store that holds what it was trained on (fld runs)`
  return new FldError('run_missing', message, { details: { run, round } })
}
