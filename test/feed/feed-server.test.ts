import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feedOptionsSchema } from '../../schemas/feed.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { type FeedServer, openFeed, serveFeed } from '../../src/feed/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openBucketStore } from '../dataset/stores.js'
import { type FedStore, feedStore, openFedStore } from './fed-store.js'
import { answerOf, ask, readEpoch, readRecords } from './feed-reader.js'

let fed: FedStore
let server: FeedServer
let other: FeedServer
const loads = new AbortController()
const log: string[] = []

async function serveWith(
  seed: number,
  { imageBytes = 100_000_000, store = fed.store }: { imageBytes?: number; store?: ObjectStore } = {},
): Promise<FeedServer> {
  const options = feedOptionsSchema.parse({ seed, splits: ['train', 'validation', 'test'] })
  const settings = { run: fed.run, round: 0, options, windowShards: 2, keptWindows: 3, imageBytes }
  const feed = await openFeed(store, settings, { signal: loads.signal })
  return serveFeed(feed, { host: '127.0.0.1', port: 0, log: (line) => log.push(line) })
}

beforeAll(async () => {
  fed = await openFedStore({ images: 22, shardSize: 3 })
  server = await serveWith(0)
  other = await serveWith(1)
})
afterAll(async () => {
  loads.abort()
  await Promise.all([server, other].map((each) => each.stop({ grace: 0 })))
  await fed.remove()
  expect(log).toEqual([])
})

/** sha256 over all images of an epoch, in their order. */
async function digestOf(url: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const { image } of readRecords(url, '')) hash.update(image)
  return hash.digest('hex')
}

async function info(): Promise<{ readers: { rank: number; sent: number }[]; windows_loaded: number }> {
  return JSON.parse((await answerOf(server.url, '/info')).body)
}

describe('a served feed', () => {
  test('says what it serves', async () => {
    expect(await info()).toMatchObject({
      ...{ run: 'fed', round: 0, revision: 0, set: fed.set, images: 22, shards: 8, window_shards: 2, windows: 4 },
      ...{ snapshot: expect.stringMatching(/^[0-9a-f]{16}$/), options_digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
      ...{ options: expect.objectContaining({ seed: 0 }), readers: [] },
    })
  })

  test('gives every sample with its image, byte for byte, and as many without images', async () => {
    const images = new Map<string, string>()
    for (let shard = 0; shard < 8; shard++) {
      const index = await readImageIndex(fed.store, fed.set, `00000${shard}`)
      for (const { image_id, sha256 } of index) images.set(image_id, sha256)
    }
    const ids: string[] = []
    for await (const record of readRecords(server.url, '')) {
      if (record.end === true) continue
      ids.push(record.sample_id ?? '')
      expect(createHash('sha256').update(record.image).digest('hex')).toBe(images.get(record.image_id ?? ''))
      expect(record).toMatchObject({ prompt: expect.any(String), target: expect.any(String), width: 96, height: 64 })
    }
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(images.size)
    expect((await readEpoch(server.url, 'images=0')).ids).toEqual(ids)
  })

  test('gives the same images where no tar may be held whole', async () => {
    const small = await serveWith(0, { imageBytes: 0 })
    expect(await digestOf(small.url)).toBe(await digestOf(server.url))
    await small.stop({ grace: 0 })
  })

  test('gives the same from S3', async () => {
    const { store, remove } = await openBucketStore()
    await feedStore(store, { photos: join(fed.folder, 'photos'), shardSize: 3, run: fed.run })
    const remote = await serveWith(0, { store })
    expect(await digestOf(remote.url)).toBe(await digestOf(server.url))
    await remote.stop({ grace: 0 })
    await remove()
  })

  test('has another order for each epoch and each seed, and goes from one epoch to the next', async () => {
    const first = await readEpoch(server.url, 'images=0')
    const second = await readEpoch(server.url, 'images=0&epoch=1')
    const seeded = await readEpoch(other.url, 'images=0')
    expect(await readEpoch(server.url, `images=0&cursor=${first.cursor}`)).toEqual(second)
    for (const { ids } of [second, seeded]) {
      expect(ids).not.toEqual(first.ids)
      expect([...ids].sort()).toEqual([...first.ids].sort())
    }
  })

  test('parts an epoch among ranks that read at once, and loads no window for each of them', async () => {
    const whole = await readEpoch(server.url, 'images=0&epoch=5')
    const before = (await info()).windows_loaded
    const ranks = [0, 1, 2, 3].map((rank) => readEpoch(server.url, `rank=${rank}&world=4&epoch=6&tail=all`))
    const parts = await Promise.all(ranks)
    expect(parts.flatMap(({ ids }) => ids).sort()).toEqual([...whole.ids].sort())
    expect((await info()).windows_loaded - before).toBeLessThan(2 * 4)
  })

  test('goes on after any sample, with the cursor that came with it', async () => {
    const whole: string[] = []
    const cursors: string[] = []
    for await (const { sample_id, cursor, end } of readRecords(server.url, 'images=0&rank=1&world=2')) {
      if (end !== true) whole.push(sample_id ?? '')
      cursors.push(cursor)
    }
    for (const [index, cursor] of cursors.slice(0, -1).entries()) {
      const { ids } = await readEpoch(server.url, `images=0&rank=1&world=2&cursor=${cursor}`)
      expect(ids).toEqual(whole.slice(index + 1))
    }
  })

  test('forgets a client that goes away in the middle', async () => {
    const { request, response } = await ask(server.url, '/feed?epoch=9')
    await new Promise((resolve) => response.once('data', resolve))
    request.destroy()
    await expect.poll(async () => (await info()).readers).toEqual([])
  })
})

describe('what is refused', () => {
  test.each([
    ['/feed?rank=2&world=2', 400, { code: 'config_invalid', parameter: 'rank' }],
    ['/feed?worker=a', 400, { code: 'config_invalid', parameter: 'worker' }],
    ['/feed?cursor=abc', 400, { code: 'config_invalid', parameter: 'cursor' }],
    ['/feed?shuffle=1', 400, { code: 'config_invalid', parameter: 'shuffle' }],
    ['/samples', 404, { message: 'there is no /samples; there are /info and /feed' }],
  ])('%s with %i', async (path, status, error) => {
    const answer = await answerOf(server.url, path)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ error })
  })

  test('anything but GET', async () => {
    const answer = await fetch(`${server.url}/feed`, { method: 'POST' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('the cursor of other options, naming both', async () => {
    const { cursor } = await readEpoch(other.url, 'images=0')
    const digests = await Promise.all(
      [server, other].map(async ({ url }) => JSON.parse((await answerOf(url, '/info')).body).options_digest),
    )
    const answer = await answerOf(server.url, `/feed?cursor=${cursor}`)
    expect(answer.status).toBe(409)
    const { error } = JSON.parse(answer.body)
    expect(error).toMatchObject({ code: 'run_conflict', parameter: 'cursor' })
    for (const digest of digests) expect(error.message).toContain(digest)
  })

  test('nobody for writing the same options in another way', async () => {
    const settings = { run: fed.run, round: 0, windowShards: 2, keptWindows: 3, imageBytes: 0 }
    const digests = ['test,train OCR,OD', 'train,test OD,OCR', 'train,test OD'].map(async (asked) => {
      const [splits, tasks] = asked.split(' ').map((names) => names.split(','))
      const weights = Object.fromEntries((tasks ?? []).map((name) => [name, 2]))
      const options = feedOptionsSchema.parse({ splits, tasks: weights })
      return (await openFeed(fed.store, { ...settings, options }, { signal: loads.signal })).identity.options
    })
    const [one, same, other] = await Promise.all(digests)
    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })

  test('a round that is not closed', async () => {
    const options = feedOptionsSchema.parse({})
    const settings = { run: fed.run, round: 7, options, windowShards: 2, keptWindows: 3, imageBytes: 0 }
    const { signal } = loads
    await expect(openFeed(fed.store, settings, { signal })).rejects.toMatchObject({ code: 'run_missing' })
  })

  test('a port that somebody has', async () => {
    const feed = await openFeed(
      fed.store,
      { run: fed.run, round: 0, options: feedOptionsSchema.parse({}), windowShards: 2, keptWindows: 3, imageBytes: 0 },
      { signal: loads.signal },
    )
    const port = Number(new URL(server.url).port)
    const starting = serveFeed(feed, { host: '127.0.0.1', port, log: () => undefined })
    await expect(starting).rejects.toMatchObject({ code: 'config_invalid', details: { port } })
  })
})

test('what is damaged in the store ends the stream with a reason', async () => {
  const damaged = await openFedStore({ images: 6, shardSize: 2, run: 'damaged' })
  const options = feedOptionsSchema.parse({ splits: ['train', 'validation', 'test'] })
  const settings = { run: 'damaged', round: 0, options, windowShards: 1, keptWindows: 3, imageBytes: 1_000_000 }
  const feed = await openFeed(damaged.store, settings, { signal: loads.signal })
  const served = await serveFeed(feed, { host: '127.0.0.1', port: 0, log: (line) => log.push(line) })
  const tars: string[] = []
  for await (const { key } of damaged.store.list(`images/${damaged.set}/`)) if (key.endsWith('.tar')) tars.push(key)
  await damaged.store.delete(tars)
  const answer = await answerOf(served.url, '/feed')
  expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([500, 'store_missing'])
  // Whoever runs the server is told as well.
  expect(log.splice(0)).toEqual([expect.stringMatching(/^\/feed: There is no object at .*\.tar/)])
  // Without images nothing is amiss.
  expect((await readEpoch(served.url, 'images=0')).ids.length).toBeGreaterThan(6)
  await served.stop({ grace: 0 })
  await damaged.remove()
})
