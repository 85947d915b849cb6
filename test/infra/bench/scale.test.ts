import { expect, test } from 'vitest'
import { driveSize, type Moment } from '../../../infra/bench/scale/drive-size.js'
import { comparison, sizeResult } from '../../../infra/bench/scale/scale-table.js'
import { StoredObjects } from '../../../infra/bench/scale/stored-objects.js'
import { shardName } from '../../../schemas/store-layout.js'

async function momentsOf(options: { shards: number; annotators: number; stages: number }): Promise<Moment[]> {
  const moments: Moment[] = []
  for await (const moment of driveSize({ images: 2, window: 8, workers: 1, ...options })) moments.push(moment)
  return moments
}

test('a small size goes all the way: planned, driven, committed, closed, and found done', {
  timeout: 120_000,
}, async () => {
  const moments = await momentsOf({ shards: 20, annotators: 3, stages: 2 })
  const ends = moments.filter(({ at }) => at === 'closed' || at === 'again')
  expect(ends.map(({ at, committed }) => [at, committed])).toEqual([
    ['closed', 20],
    ['again', 20],
  ])
  const last = moments.at(-1)
  // Of each shard a commit; of the run a plan and a manifest.
  expect(last?.requests.putIfAbsent).toBeGreaterThanOrEqual(20 + 2)
  for (const { rss, heap, peak } of [last?.coordinator, last?.worker].flatMap((sample) => sample ?? [])) {
    expect(heap).toBeGreaterThan(0)
    expect(rss).toBeGreaterThan(heap)
    expect(peak).toBeGreaterThan(heap)
  }
  expect(last?.redis.used).toBeGreaterThan(0)
  expect(comparison([sizeResult(20, moments)]).alike).toBe(true)
})

test('two sizes are alike within a tenth of the memory of the first, and not beyond', () => {
  const moment = (rss: number): Moment => {
    const sample = { rss, heap: 1e6, peak: 3e6, processor: 1 }
    const redis = { used: 1e6, peak: 1e6, processor: 1 }
    return { at: '100 %', seconds: 10, committed: 100, coordinator: sample, worker: sample, redis, requests: {} }
  }
  const against = (rss: number) => comparison([sizeResult(100, [moment(2e6)]), sizeResult(100, [moment(rss)])])
  expect(against(2.19e6).alike).toBe(true)
  expect(against(2.21e6).alike).toBe(false)
  expect(against(1.79e6).alike).toBe(false)
  expect(against(2.21e6).text).toMatch(/coordinator, resident, MB +2\.0 +2\.2 +10\.5 %/)
})

test('the storage lists in the order of keys, page by page, under a prefix and after a key', () => {
  const objects = new StoredObjects()
  const keys = Array.from({ length: 2_500 }, (_, index) => `runs/r/commits/${shardName((index * 7) % 2_500)}.json`)
  for (const key of [...keys, 'runs/r/run.json', 'runs/other.json']) objects.put(key, new Uint8Array(1))
  const listed: string[] = []
  for (let page = objects.page('runs/r/', ''); page.length > 0; page = objects.page('runs/r/', listed.at(-1) ?? '')) {
    expect(page.length).toBeLessThanOrEqual(1_000)
    listed.push(...page.map(({ key }) => key))
  }
  expect(listed).toEqual([...keys, 'runs/r/run.json'].sort())
  objects.delete('runs/r/run.json')
  expect(objects.page('runs/r/run', '')).toEqual([])
})
