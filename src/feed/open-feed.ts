import { createHash } from 'node:crypto'
import type { FeedOptions } from '../../schemas/feed.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { FeedIdentity } from './feed-cursor.js'
import { loadWindow, type WindowSource } from './feed-window.js'
import { shardOrder } from './order/epoch-order.js'
import type { EpochWindows } from './rank-stream.js'
import type { CountTokens } from './samples/count-tokens.js'
import { shardSamples } from './shard-samples.js'
import { openCatalog, type SnapshotCatalog } from './snapshot-catalog.js'
import { createWindowCache, type WindowCache } from './window-cache.js'

/** What is fed, and how much of it is in memory. */
export interface FeedSettings {
  readonly run: string
  readonly round: number
  /** Which samples there are, how often each comes, and the seed of their order. */
  readonly options: FeedOptions
  /** Of the tokenizer that the options name; without one tokens are never counted too few. */
  readonly countTokens?: CountTokens
  /** How many shards are shuffled together: part of the order, and with it of every cursor. */
  readonly windowShards: number
  /** Windows that stay in memory, from 2: the one that is read and the next. */
  readonly keptWindows: number
  /** What the images of those windows may take, in bytes; tars that do not fit are read image by image. */
  readonly imageBytes: number
}

/** A snapshot in the order of a seed, ready to be read from any place. */
export interface OpenFeed {
  readonly identity: FeedIdentity
  readonly windows: EpochWindows & Pick<WindowCache, 'loaded'>
  /** What a client is told of it. */
  readonly info: object
}

/** Raised whenever the same snapshot and options would come in another order or with other samples than before. */
const orderVersion = 2

/**
 * Opens the newest snapshot of a round as a feed. `signal` ends whatever is loaded for it, at any time. Throws FldError
 * `run_missing` where the round is not closed.
 */
export async function openFeed(
  store: ObjectStore,
  { run, round, windowShards, keptWindows, imageBytes, ...made }: FeedSettings,
  { signal }: StoreOptions & { signal: AbortSignal },
): Promise<OpenFeed> {
  const catalog = await openCatalog(store, { run, round }, { signal })
  const { options } = made
  const source: WindowSource = {
    store,
    set: catalog.manifest.set,
    shard: catalog.shard,
    samples: (shard, opened) => shardSamples(store, { set: catalog.manifest.set, shard, ...made }, opened),
    maxTarBytes: Math.floor(imageBytes / ((keptWindows + 1) * windowShards)),
  }
  const load = (epoch: number, window: number) => {
    const key = { seed: options.seed, epoch }
    const first = window * windowShards
    const shards = shardOrder(catalog.shards, key).subarray(first, first + windowShards)
    return loadWindow(source, { ...key, window, shards }, { signal })
  }
  const count = Math.ceil(catalog.shards / windowShards)
  const cache = createWindowCache({ keep: keptWindows, load })
  const identity = { snapshot: catalog.digest, options: digestOf(orderedBy(windowShards, options)) }
  return {
    identity,
    windows: Object.assign(cache, { count }),
    info: infoOf(catalog, identity, { options, windowShards, windows: count }),
  }
}

/** What settles the order, written in one way however it was asked for: cursors are held against its digest. */
function orderedBy(windowShards: number, { splits, tasks, granularities, ...rest }: FeedOptions): object {
  const weights = [tasks, granularities].map((named) => Object.entries(named).sort())
  return { order: orderVersion, windowShards, ...rest, splits: [...new Set(splits)].sort(), weights }
}

function digestOf(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

function infoOf(
  { manifest, shards }: SnapshotCatalog,
  identity: FeedIdentity,
  asked: { options: FeedOptions; windowShards: number; windows: number },
): object {
  const { run, round, revision, set, images, rows } = manifest
  const { options, windowShards, windows } = asked
  return {
    ...{ run, round, revision, set, snapshot: identity.snapshot, options_digest: identity.options },
    ...{ images, shards, rows, windows, window_shards: windowShards, options },
  }
}
