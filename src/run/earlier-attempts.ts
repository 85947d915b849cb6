import { type Manifest, retriedShardSchema, type ShardCommit, type SnapshotShard } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/**
 * The attempts that retries have made visible since a snapshot: one that was stopped before it closed the round again leaves
 * commits that are newer than the snapshot, and after a second one the commit no longer names the snapshot's attempt.
 */
export class EarlierAttempts {
  readonly #store: ObjectStore
  readonly #manifest: Manifest
  readonly #options: StoreOptions
  /** Keys of what retries recorded, by shard; listed once it is asked for. */
  #recorded: Map<string, string[]> | null = null

  constructor(store: ObjectStore, manifest: Manifest, options: StoreOptions) {
    this.#store = store
    this.#manifest = manifest
    this.#options = options
  }

  /** Whether a commit took the place of what the snapshot names, itself or by way of attempts that retries recorded. */
  async isBefore({ shard, attempt }: SnapshotShard, { supersedes }: ShardCommit): Promise<boolean> {
    if (supersedes === null || supersedes === attempt) return supersedes !== null
    this.#recorded ??= await this.#list()
    for (const key of this.#recorded.get(shard) ?? []) {
      const retried = await readJson(this.#store, key, retriedShardSchema, this.#options)
      if (retried.round === this.#manifest.round && retried.attempt === supersedes) return true
    }
    return false
  }

  async #list(): Promise<Map<string, string[]>> {
    const recorded = new Map<string, string[]>()
    for await (const { key } of this.#store.list(storeLayout.retries(this.#manifest.run), this.#options)) {
      const shard = key.slice(key.lastIndexOf('/') + 1).replace(/\.json$/, '')
      recorded.set(shard, [...(recorded.get(shard) ?? []), key])
    }
    return recorded
  }
}
