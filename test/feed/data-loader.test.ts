import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feedOptionsSchema } from '../../schemas/feed.js'
import { type FeedServer, openFeed, serveFeed } from '../../src/feed/index.js'
import { type FedStore, openFedStore } from './fed-store.js'

const python = process.env.FLD_PYTHON ?? 'python3'
const here = spawnSync(python, ['-c', 'import torch, torchdata.stateful_dataloader']).status === 0
if (!here) {
  process.stderr.write(`SKIPPED: the feed in torch's loaders: ${python} has no torch and torchdata (FLD_PYTHON)\n`)
}

interface Loaded {
  readonly whole: string[]
  readonly processes: string[][]
  readonly ranks: string[][][]
  readonly uninterrupted: string[][]
  readonly resumed: string[][][]
}

describe.skipIf(!here)("the Python client in torch's loaders", () => {
  const loads = new AbortController()
  let fed: FedStore
  let server: FeedServer
  let loaded: Loaded
  beforeAll(async () => {
    fed = await openFedStore({ images: 20, shardSize: 3 })
    const options = feedOptionsSchema.parse({ splits: ['train', 'validation', 'test'] })
    const settings = { run: fed.run, round: 0, options, windowShards: 2, keptWindows: 3, imageBytes: 100_000_000 }
    const feed = await openFeed(fed.store, settings, { signal: loads.signal })
    server = await serveFeed(feed, { host: '127.0.0.1', port: 0, log: () => undefined })
    const script = fileURLToPath(new URL('load_batches.py', import.meta.url))
    const client = fileURLToPath(new URL('../../src/feed/client', import.meta.url))
    const { stdout } = await promisify(execFile)(python, [script, client, server.url], { maxBuffer: 100_000_000 })
    loaded = JSON.parse(stdout)
  }, 180_000)
  afterAll(async () => {
    loads.abort()
    await server.stop({ grace: 0 })
    await fed.remove()
  })

  test('the processes of a loader part the samples of a rank', () => {
    expect(loaded.processes.flat().sort()).toEqual([...loaded.whole].sort())
    expect(loaded.processes.flat()).not.toEqual(loaded.whole)
  })

  test('each rank has its own, whatever its processes', () => {
    const own = loaded.ranks.map((batches) => batches.flat().sort())
    expect(own).toEqual([0, 1].map((rank) => loaded.whole.filter((_, index) => index % 2 === rank).sort()))
  })

  test('a loader with state goes on in the middle of an epoch, batch for batch', () => {
    expect(loaded.uninterrupted.flat()).toHaveLength(2 * loaded.whole.length)
    for (const batches of loaded.resumed) expect(batches).toEqual(loaded.uninterrupted)
  })
})
