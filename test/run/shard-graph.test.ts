import { afterEach, expect, test } from 'vitest'
import type { RejectRow } from '../../schemas/annotation.js'
import type { Manifest } from '../../schemas/run.js'
import { manifestShards } from '../../src/dataset/manifest.js'
import { readSnapshotTable, verifySnapshot } from '../../src/dataset/snapshot.js'
import { probeRedis } from '../../src/queue/redis-connection.js'
import { summariseRun } from '../../src/run/run-summary.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { SmallRun } from './small-run.js'

const tones = Array.from({ length: 10 }, (_, index) => 20 * index)
let small: SmallRun
afterEach(() => small.close())

async function complete(store: ObjectStore, manifest: Manifest | null): Promise<Manifest> {
  if (!manifest) throw new Error('the round was not closed')
  expect(await verifySnapshot(store, manifest)).toEqual([])
  return manifest
}

async function rejects(manifest: Manifest): Promise<RejectRow[]> {
  const rows: RejectRow[] = []
  for await (const row of readSnapshotTable(small.store, manifestShards(small.store, manifest), 'rejects'))
    rows.push(row)
  return rows
}

async function regionImages(manifest: Manifest): Promise<string[]> {
  const images: string[] = []
  for await (const row of readSnapshotTable(small.store, manifestShards(small.store, manifest), 'region_text'))
    images.push(row.image_id)
  return images.sort()
}

test('two agreeing annotators: every image has one region, every shard one commit', async () => {
  small = await SmallRun.open(tones)
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  small.startWorker()
  const { manifest, progress } = await small.run(plan)
  const snapshot = await complete(small.store, manifest)
  expect(snapshot.parts).toMatchObject([{ first: '000000', last: '000002', shards: 3 }])
  expect(snapshot.images).toBe(10)
  const images = await regionImages(snapshot)
  expect(images).toHaveLength(10)
  expect(new Set(images).size).toBe(10)
  expect(progress.shards).toEqual({ committed: 3, failed: 0, inFlight: 0 })
  expect(progress.imagesCommitted).toBe(10)
})

test('a second run of the same command does nothing again; another pipeline reuses the observations', async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  const first = await small.run(await small.plan([{ name: 'a' }, { name: 'b' }]))
  const shown = small.shown.length
  expect(shown).toBe(20)
  const again = await small.run(await small.plan([{ name: 'a' }, { name: 'b' }]))
  expect(again.manifest).toEqual(first.manifest)
  const wider = await small.run(await small.plan([{ name: 'a' }, { name: 'b' }, { name: 'c' }]))
  await complete(small.store, wider.manifest)
  expect(small.shown.length - shown).toBe(10)
})

test('an image that breaks a required annotator is quarantined alone; the rest of its shard goes on', async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  const plan = await small.plan([{ name: 'a', options: { poison: [60] } }, { name: 'b' }])
  const snapshot = await complete(small.store, (await small.run(plan)).manifest)
  expect(await regionImages(snapshot)).toHaveLength(9)
  const quarantined = (await rejects(snapshot)).filter(({ kind }) => kind === 'image')
  expect(quarantined).toMatchObject([{ reason: 'required_annotator_failed', stage: 'annotate' }])
  expect(JSON.parse(quarantined[0]?.failed ?? '')).toEqual({ a: 'cannot do an image of tone 60' })
  expect(await summariseRun(small.store, { run: plan.run, round: 0 })).toMatchObject({
    quarantined: 1,
    state: 'complete',
  })
})

test('a required annotator that is broken fails its shards and leaves the round open; an optional one is absent', async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  const strict = await small.plan([{ name: 'a' }, { name: 'b', options: { broken: true } }])
  const failed = await small.run(strict)
  expect(failed.manifest).toBeNull()
  expect(failed.failures.sort()).toEqual([
    expect.stringContaining('000000: annotator b: all 4 images failed'),
    expect.stringContaining('000001: annotator b: all 4 images failed'),
    expect.stringContaining('000002: annotator b: all 2 images failed'),
  ])
  const summary = await summariseRun(small.store, { run: strict.run, round: 0 })
  expect(summary).toMatchObject({ state: 'failed_shards', committed: 0 })
  expect(summary.failed.map(({ shard }) => shard)).toEqual(['000000', '000001', '000002'])
  expect(summary.failed[0]?.message).toContain('annotator b')

  const lenient = await small.plan([{ name: 'a' }, { name: 'b', required: false, options: { broken: true } }])
  const snapshot = await complete(small.store, (await small.run(lenient)).manifest)
  expect(snapshot.parts).toMatchObject([{ shards: 3 }])
  expect((await summariseRun(small.store, { run: lenient.run, round: 0 })).absent).toEqual({ b: 3 })
})

test('a failed shard is tried again when the run is started again', async () => {
  small = await SmallRun.open(tones.slice(0, 4))
  let broken = true
  small.startWorker(async () => {
    if (broken) throw new Error('the machine is not well')
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  expect((await small.run(plan)).manifest).toBeNull()
  broken = false
  await complete(small.store, (await small.run(plan)).manifest)
})

test('a Redis that forgets everything in the middle loses no image', async () => {
  small = await SmallRun.open(tones)
  const redis = await probeRedis(small.redis.url)
  let images = 0
  small.startWorker(async () => {
    images += 1
    if (images === 7) await redis.flushall()
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  const snapshot = await complete(small.store, (await small.run(plan, { window: 2 })).manifest)
  redis.disconnect()
  expect(await regionImages(snapshot)).toHaveLength(10)
  // Both annotators over ten images, and again at most those of the two shards of four that were in flight.
  expect(small.shown.length).toBeLessThanOrEqual(2 * (10 + 2 * 4))
})

test('a worker that is told to stop hands back what it cannot end in its grace time', async () => {
  small = await SmallRun.open(tones.slice(0, 4))
  let stuck: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    stuck = resolve
  })
  const never = async () => {
    stuck()
    await new Promise(() => undefined)
  }
  const worker = small.startWorker(never, { grace: 200 })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  const running = small.run(plan)
  await begun
  await worker.drain()
  small.startWorker()
  const { manifest, failures } = await running
  expect(failures).toEqual([])
  await complete(small.store, manifest)
})

test('a worker of another version of the engine leaves the jobs to others', async () => {
  small = await SmallRun.open(tones.slice(0, 4))
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  const old = small.startWorker(undefined, { version: 0 })
  const running = small.run(plan)
  await expect.poll(() => small.log.join('\n'), { timeout: 20_000 }).toMatch(/annotator a wants version 1 of "tone"/)
  expect(small.shown).toEqual([])
  await old.drain()
  small.startWorker()
  const { manifest, failures } = await running
  expect(failures).toEqual([])
  await complete(small.store, manifest)
})

test('two coordinators of one run commit each shard once', async () => {
  small = await SmallRun.open(tones)
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  small.startWorker()
  const [one, two] = await Promise.all([small.run(plan), small.run(plan)])
  expect(one.manifest).toEqual(two.manifest)
  expect(await regionImages(await complete(small.store, one.manifest))).toHaveLength(10)
})

test('stopped in the middle, it goes on from what is committed', async () => {
  small = await SmallRun.open(tones)
  const stop = new AbortController()
  let images = 0
  const worker = small.startWorker(async () => {
    images += 1
    if (images === 9) stop.abort()
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  await expect(small.run(plan, { signal: stop.signal, window: 1 })).rejects.toMatchObject({ code: 'aborted' })
  await worker.drain()
  small.startWorker()
  const snapshot = await complete(small.store, (await small.run(plan)).manifest)
  expect(await regionImages(snapshot)).toHaveLength(10)
})

test('stopped, forgotten by Redis and gone on with elsewhere: what was in flight is annotated again, and no more', async () => {
  small = await SmallRun.open(tones)
  const stop = new AbortController()
  let images = 0
  const worker = small.startWorker(
    async () => {
      images += 1
      if (images === 11) stop.abort()
    },
    { grace: 1 },
  )
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  await expect(small.run(plan, { signal: stop.signal, window: 1 })).rejects.toMatchObject({ code: 'aborted' })
  await worker.drain()
  const redis = await probeRedis(small.redis.url)
  await redis.flushall()
  redis.disconnect()
  small.startWorker()
  await complete(small.store, (await small.run(plan)).manifest)
  // Both annotators over ten images, and again at most those of the one shard of four that was in flight.
  expect(small.shown.length).toBeLessThanOrEqual(2 * (10 + 4))
})

test('a source without any image makes an empty snapshot', async () => {
  small = await SmallRun.open([])
  small.startWorker()
  const { manifest } = await small.run(await small.plan([{ name: 'a' }]))
  expect(await complete(small.store, manifest)).toMatchObject({ images: 0, parts: [] })
})
