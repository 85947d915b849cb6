import { afterEach, expect, test } from 'vitest'
import type { RunPlan } from '../../schemas/run.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readObservations } from '../../src/dataset/observation-file.js'
import { readSnapshotTable, verifySnapshot } from '../../src/dataset/snapshot.js'
import { groupFailures } from '../../src/run/failure-groups.js'
import { failureItems } from '../../src/run/failure-items.js'
import type { RetryFilter } from '../../src/run/retry-selection.js'
import { unseenObjects } from '../../src/run/sweep-rounds.js'
import { openStore } from '../../src/storage/open-store.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { SmallRun } from './small-run.js'

const tones = Array.from({ length: 10 }, (_, index) => 20 * index)
const everything: RetryFilter = { causes: [], shards: [], images: [] }
let small: SmallRun
afterEach(() => small.close())

const failuresOf = async (plan: RunPlan) => groupFailures(failureItems(small.store, { plan, round: 0 }))

/** image_id of every region, sorted, of the newest snapshot or of a revision. */
async function regions(plan: RunPlan, revision?: number): Promise<string[]> {
  const manifest = await readManifest(small.store, plan.run, 0, revision === undefined ? {} : { revision })
  if (manifest === null) throw new Error('the round was not closed')
  expect(await verifySnapshot(small.store, manifest)).toEqual([])
  const images: string[] = []
  const shards = manifestShards(small.store, manifest)
  for await (const row of readSnapshotTable(small.store, shards, 'region_text')) images.push(row.image_id)
  return images.sort()
}

test('a quarantined image is done again alone, and the snapshot gets a revision', async () => {
  small = await SmallRun.open(tones)
  let well = false
  small.startWorker(undefined, {
    judge: (red) => {
      if (!well && red === 60) throw new Error(`no memory for tone ${red} at 0x7f31`)
    },
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  await small.run(plan)
  expect(await regions(plan)).toHaveLength(9)
  const groups = await failuresOf(plan)
  expect(groups).toHaveLength(2)
  const ofA = groups.find(({ annotator }) => annotator === 'a')
  expect(ofA).toMatchObject({ kind: 'image', reason: 'required_annotator_failed', count: 1, retriable: true })

  const shown = small.shown.length
  const inVain = await small.retry(plan, everything)
  expect(inVain.manifest?.revision).toBe(0)
  expect((await failuresOf(plan)).map(({ count }) => count)).toEqual([1, 1])

  well = true
  const again = await small.retry(plan, { ...everything, causes: [ofA?.cause ?? ''] })
  expect(again.manifest?.revision).toBe(1)
  expect(await failuresOf(plan)).toMatchObject([{ annotator: 'b', count: 1 }])
  const healed = await small.retry(plan, everything)
  expect(healed.manifest?.revision).toBe(2)
  expect(await failuresOf(plan)).toEqual([])
  expect(await regions(plan)).toHaveLength(10)
  expect(await regions(plan, 0)).toHaveLength(9)
  // Both annotators in vain, then each once: nobody is asked for the other nine.
  expect(small.shown.length - shown).toBe(4)
})

test('failed shards and absent annotators are done again; other shards are left alone', async () => {
  small = await SmallRun.open(tones)
  let broken = true
  small.startWorker(async () => {
    if (broken) throw new Error('the machine is not well')
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  expect((await small.run(plan)).manifest).toBeNull()
  expect(await failuresOf(plan)).toMatchObject([{ kind: 'shard', count: 3, shards: 3, annotator: 'a' }])
  broken = false
  const one = await small.retry(plan, { ...everything, shards: ['000001'] })
  expect(one.manifest).toBeNull()
  expect(await failuresOf(plan)).toMatchObject([{ kind: 'shard', count: 2 }])
  const rest = await small.retry(plan, everything)
  expect(rest.manifest).toMatchObject({ revision: 0, images: 10 })
  expect(await regions(plan)).toHaveLength(10)
})

test('an optional annotator that was absent speaks when its shards are done again; what the old commit named is kept', async () => {
  small = await SmallRun.open(tones)
  let broken = true
  small.startWorker(undefined, {
    judge: (_, name) => {
      if (broken && name === 'c') throw new Error('not today')
    },
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }, { name: 'c', required: false }])
  await small.run(plan)
  expect(await failuresOf(plan)).toMatchObject([{ kind: 'absent', annotator: 'c', count: 3, retriable: true }])
  broken = false
  const { manifest } = await small.retry(plan, { ...everything, causes: ['c'] })
  expect(manifest?.revision).toBe(1)
  expect(await failuresOf(plan)).toEqual([])
  expect(await regions(plan, 0)).toHaveLength(10)
  const unseen: string[] = []
  for await (const { key } of unseenObjects(small.store, { run: plan.run, before: Date.now() + 1000 })) unseen.push(key)
  expect(unseen).toEqual([])
})

test('in S3 too a commit is superseded, and the snapshot gets a revision', async () => {
  const { endpoint, accessKeyId, secretAccessKey, ...server } = await s3Connection()
  const bucket = await createBucket({ endpoint, accessKeyId, secretAccessKey, ...server })
  const s3 = { endpoint, credentials: { accessKeyId, secretAccessKey } }
  small = await SmallRun.open(tones, {
    out: `s3://${bucket}/out`,
    openStore: (location) => openStore(location, { s3 }),
  })
  let well = false
  small.startWorker(undefined, {
    judge: (red) => {
      if (!well && red === 60) throw new Error('no memory')
    },
  })
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  await small.run(plan)
  well = true
  expect((await small.retry(plan, everything)).manifest?.revision).toBe(1)
  expect(await failuresOf(plan)).toEqual([])
  expect([(await regions(plan, 0)).length, (await regions(plan)).length]).toEqual([9, 10])
})

test('what no commit and no manifest names is swept once it is old enough', async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  await small.run(plan)
  const left = [
    `runs/${plan.run}/rounds/0/text/000001-deadbeef.parquet`,
    `runs/${plan.run}/rounds/0/rejects/000009-deadbeef.parquet`,
    `runs/${plan.run}/rounds/0/manifest-parts/${'0'.repeat(64)}.json`,
  ]
  for (const key of left) await small.store.put(key, new Uint8Array(3))
  const unseen: string[] = []
  for await (const { key } of unseenObjects(small.store, { run: plan.run, before: Date.now() + 1000 })) unseen.push(key)
  expect(unseen.sort()).toEqual([...left].sort())
  for await (const { key } of unseenObjects(small.store, { run: plan.run, before: Date.now() - 60_000 })) {
    expect.unreachable(key)
  }
})

test('observations that are damaged fail their shard by name, and a retry makes them anew', async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  await small.run(await small.plan([{ name: 'a' }, { name: 'b' }]))
  const keys: string[] = []
  for await (const { key } of small.store.list('observations/')) if (key.includes('/b-')) keys.push(key)
  const damaged = keys[1] ?? ''
  const body = await small.store.get(damaged)
  const said = await readObservations(small.store, damaged)
  await small.store.put(damaged, body.subarray(0, body.length - 20))
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }], { minVotes: 1 })
  expect((await small.run(plan)).failures).toEqual([expect.stringContaining(damaged)])
  expect(await failuresOf(plan)).toMatchObject([{ kind: 'shard', count: 1 }])
  const { manifest } = await small.retry(plan, everything)
  expect(manifest?.images).toBe(10)
  expect(await readObservations(small.store, damaged)).toEqual(said)
})
