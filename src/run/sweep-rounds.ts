import { annotationTables } from '../../schemas/annotation.js'
import type { CommittedFile } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readCommits } from '../dataset/committed-shards.js'
import { listNames } from '../dataset/list-names.js'
import { manifestShards, readManifest } from '../dataset/manifest.js'
import type { ListedObject, ObjectStore, StoreOptions } from '../storage/object-store.js'

/** What of a run may be swept. */
export interface RunToSweep {
  readonly run: string
  /** Objects written later than this are left, in ms since 1970: an attempt that is still at work may have written them. */
  readonly before: number
}

/**
 * Objects of a run's rounds that nobody can see: tables of attempts that lost, that were killed before their commit, or
 * that no snapshot names any more, and parts of manifests that were not written. What any commit or any revision of a
 * manifest names stays. In memory is one shard at a time.
 */
export async function* unseenObjects(
  store: ObjectStore,
  { run, before }: RunToSweep,
  options: StoreOptions = {},
): AsyncGenerator<ListedObject, void, undefined> {
  for (const round of await listRounds(store, run, options)) {
    for (const table of annotationTables) {
      const seen = await SeenFiles.of(store, { run, round }, options)
      const prefix = storeLayout.tableFolder(run, round, table)
      for await (const object of store.list(prefix, options)) {
        const shard = object.key.slice(prefix.length).split('-', 1)[0] ?? ''
        if (!(await seen.at(shard)).has(object.key) && object.modified < before) yield object
      }
    }
    yield* unnamedParts(store, { run, round, before }, options)
  }
}

/** The rounds of a run that have written anything, in order. */
async function listRounds(store: ObjectStore, run: string, options: StoreOptions): Promise<number[]> {
  const names = await listNames(store, storeLayout.rounds(run), options)
  return names.map(Number).sort((a, b) => a - b)
}

interface ShardFiles {
  readonly shard: string
  readonly files: readonly CommittedFile[]
}

/** The files of each shard that a commit or a manifest names, asked for in the order of the shards' names. */
class SeenFiles {
  readonly #streams: readonly ShardStream[]
  #shard: string | null = null
  #keys: ReadonlySet<string> = new Set()

  private constructor(streams: readonly ShardStream[]) {
    this.#streams = streams
  }

  static async of(
    store: ObjectStore,
    { run, round }: { run: string; round: number },
    options: StoreOptions,
  ): Promise<SeenFiles> {
    const streams = [new ShardStream(readCommits(store, run, round, options))]
    const newest = await readManifest(store, run, round, options)
    for (let revision = 0; newest !== null && revision <= newest.revision; revision++) {
      const manifest =
        revision === newest.revision ? newest : await readManifest(store, run, round, { ...options, revision })
      if (manifest !== null) streams.push(new ShardStream(manifestShards(store, manifest, options)))
    }
    return new SeenFiles(streams)
  }

  async at(shard: string): Promise<ReadonlySet<string>> {
    if (shard === this.#shard) return this.#keys
    const named = await Promise.all(this.#streams.map((stream) => stream.at(shard)))
    this.#shard = shard
    this.#keys = new Set(named.flat().map(({ key }) => key))
    return this.#keys
  }
}

/** A stream of shards in order, of which each is asked for at most once. */
class ShardStream {
  readonly #shards: AsyncIterator<ShardFiles>
  #next: ShardFiles | null = null
  #ended = false

  constructor(shards: AsyncIterable<ShardFiles>) {
    this.#shards = shards[Symbol.asyncIterator]()
  }

  async at(shard: string): Promise<readonly CommittedFile[]> {
    while (!this.#ended && (this.#next === null || this.#next.shard < shard)) {
      const { done, value } = await this.#shards.next()
      if (done === true) this.#ended = true
      else this.#next = value
    }
    return this.#next?.shard === shard ? this.#next.files : []
  }
}

async function* unnamedParts(
  store: ObjectStore,
  { run, round, before }: RunToSweep & { round: number },
  options: StoreOptions,
): AsyncGenerator<ListedObject, void, undefined> {
  const named = new Set<string>()
  const newest = await readManifest(store, run, round, options)
  for (let revision = 0; newest !== null && revision <= newest.revision; revision++) {
    const manifest = await readManifest(store, run, round, { ...options, revision })
    for (const { key } of manifest?.parts ?? []) named.add(key)
  }
  for await (const object of store.list(storeLayout.manifestParts(run, round), options)) {
    if (!named.has(object.key) && object.modified < before) yield object
  }
}
