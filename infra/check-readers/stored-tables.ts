import { FldError } from '../../schemas/errors.js'
import { type Manifest, type RunPlan, runPlanSchema } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { imageTable, observationTable } from '../../schemas/tables.js'
import { readJson } from '../../src/dataset/json-record.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readShardTable } from '../../src/dataset/snapshot.js'
import { readTable } from '../../src/dataset/table-file.js'
import type { ObjectStore, StoreOptions } from '../../src/storage/object-store.js'

/** A Parquet file of a store and its rows as the project's own reader gives them. */
export interface StoredTable {
  readonly table: string
  readonly key: string
  readonly rows: readonly object[]
}

/**
 * Every Parquet file that a run stands on or made: the images of its set, the observations of its annotators, and the
 * files that the manifests of its rounds name. Throws FldError `run_missing` when the run has no closed round.
 */
export async function* storedTables(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): AsyncGenerator<StoredTable, void, undefined> {
  const plan = await readJson(store, storeLayout.runPlan(run), runPlanSchema, options)
  const manifests = await closedRounds(store, run, options)
  const shards: string[] = []
  const [first] = manifests
  if (first) for await (const { shard } of manifestShards(store, first, options)) shards.push(shard)
  for (const shard of shards) {
    const key = storeLayout.imageIndex(plan.set, shard)
    yield { table: imageTable.name, key, rows: await readTable(store, key, imageTable, options) }
  }
  yield* observationFiles(store, plan, shards, options)
  for (const manifest of manifests) yield* annotationFiles(store, manifest, options)
}

async function closedRounds(store: ObjectStore, run: string, options: StoreOptions): Promise<Manifest[]> {
  const manifests: Manifest[] = []
  for (let round = 0; ; round++) {
    const manifest = await readManifest(store, run, round, options)
    if (manifest) manifests.push(manifest)
    else if (round > 0) return manifests
    else throw new FldError('run_missing', `${store.uri}: run ${run} has no closed round, so no manifest to follow`)
  }
}

async function* observationFiles(
  store: ObjectStore,
  { set, annotators, label_digest }: RunPlan,
  shards: readonly string[],
  options: StoreOptions,
): AsyncGenerator<StoredTable, void, undefined> {
  const labels =
    label_digest === null ? [] : sourceAnnotators.map(({ annotator }) => ({ name: annotator, digest: label_digest }))
  for (const { name, digest } of [...annotators, ...labels]) {
    for (const shard of shards) {
      const key = storeLayout.observations(set, name, digest, shard)
      // An optional annotator may have given nothing for a shard.
      if ((await store.head(key, options)) === null) continue
      yield { table: observationTable.name, key, rows: await readTable(store, key, observationTable, options) }
    }
  }
}

async function* annotationFiles(
  store: ObjectStore,
  manifest: Manifest,
  options: StoreOptions,
): AsyncGenerator<StoredTable, void, undefined> {
  for await (const shard of manifestShards(store, manifest, options)) {
    for (const { table, key } of shard.files) {
      yield { table, key, rows: await readShardTable(store, shard, table, options) }
    }
  }
}
