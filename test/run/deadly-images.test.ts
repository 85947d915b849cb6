import { afterEach, expect, test } from 'vitest'
import type { RejectRow } from '../../schemas/annotation.js'
import type { Manifest } from '../../schemas/run.js'
import { manifestShards } from '../../src/dataset/manifest.js'
import { readSnapshotTable } from '../../src/dataset/snapshot.js'
import { SmallRun } from './small-run.js'
import { WorkerProcesses } from './worker-processes.js'

const tones = Array.from({ length: 10 }, (_, index) => 20 * index)
let small: SmallRun
let workers: WorkerProcesses | undefined
afterEach(async () => {
  await workers?.stop()
  await small.close()
})

async function imageRejects(manifest: Manifest | null): Promise<RejectRow[]> {
  if (manifest === null) throw new Error('the round was not closed')
  const rows: RejectRow[] = []
  for await (const row of readSnapshotTable(small.store, manifestShards(small.store, manifest), 'rejects')) {
    if (row.kind === 'image') rows.push(row)
  }
  return rows
}

test('an image that ends its worker process is found and quarantined alone; the others are annotated', async () => {
  small = await SmallRun.open(tones)
  workers = new WorkerProcesses(small.redis.url, 2)
  const plan = await small.plan([{ name: 'a', options: { deadly: [20] } }, { name: 'b' }])
  const { manifest, failures } = await small.run(plan)
  expect(failures).toEqual([])
  expect(manifest?.images).toBe(10)
  const rejects = await imageRejects(manifest)
  expect(rejects).toMatchObject([{ reason: 'required_annotator_failed' }])
  expect(JSON.parse(rejects[0]?.failed ?? '')).toEqual({ a: 'its worker process ended 2 times over this image alone' })
  expect(workers.deaths).toBeGreaterThanOrEqual(4)
})

test('an image that takes for ever is quarantined alone', async () => {
  small = await SmallRun.open(tones.slice(0, 4))
  small.startWorker()
  const plan = await small.plan([{ name: 'a', options: { endless: [20] } }, { name: 'b' }], { imageTimeout: 1 })
  const rejects = await imageRejects((await small.run(plan)).manifest)
  expect(rejects).toMatchObject([{ reason: 'required_annotator_failed' }])
  expect(JSON.parse(rejects[0]?.failed ?? '')).toEqual({ a: 'it took longer than the 1 s that it may take' })
})
