import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, manifestSchema, type SnapshotShard } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { putJson } from '../../src/dataset/json-record.js'
import { encodeParts, writeParts } from '../../src/dataset/manifest-parts.js'
import { openCatalog } from '../../src/feed/snapshot-catalog.js'
import { openFolderStore, type TestStore } from '../dataset/stores.js'

const shards: SnapshotShard[] = Array.from({ length: 2_500 }, (_, index) => ({
  ...{ shard: shardName(index), attempt: `attempt-${index}` },
  files: [{ table: 'text', key: `text/${index}`, rows: index, bytes: 1, sha256: 'a' }],
}))

let opened: TestStore
beforeAll(async () => {
  opened = await openFolderStore()
})
afterAll(() => opened.remove())

async function closeWith(run: string, rest: Partial<Manifest>): Promise<Manifest> {
  const totals = { images: 0, refused: 0, rows: {}, bytes: 0, rejects: {} }
  const manifest = manifestSchema.parse({
    ...{ run, round: 0, plan: 'digest', set: 'photos', closed_at: '2026-01-01T00:00:00Z', ...totals, ...rest },
  })
  await putJson(opened.store, storeLayout.manifest(run, 0), manifest)
  return manifest
}

describe('openCatalog', () => {
  test('finds every shard by its index, in any order, over all parts', async () => {
    const parts = await writeParts(opened.store, encodeParts({ run: 'parts', round: 0 }, shards))
    expect(parts.length).toBeGreaterThan(2)
    await closeWith('parts', { parts })
    const catalog = await openCatalog(opened.store, { run: 'parts', round: 0 })
    expect(catalog.shards).toBe(2_500)
    for (const index of [2_499, 0, 1_000, 999, 2_000, 1_999, 1_234]) {
      expect(await catalog.shard(index)).toEqual(shards[index])
    }
    await expect(catalog.shard(2_500)).rejects.toMatchObject({ code: 'internal' })
  })

  test('reads manifests from before there were parts', async () => {
    await closeWith('whole', { shards: shards.slice(0, 3) })
    const catalog = await openCatalog(opened.store, { run: 'whole', round: 0 })
    expect([catalog.shards, await catalog.shard(2)]).toEqual([3, shards[2]])
  })

  test('says which part is gone, and reads it when it is back', async () => {
    const parts = await writeParts(opened.store, encodeParts({ run: 'gone', round: 0 }, shards))
    await closeWith('gone', { parts })
    const catalog = await openCatalog(opened.store, { run: 'gone', round: 0 })
    const key = parts[1]?.key ?? ''
    const body = await opened.store.get(key)
    await opened.store.delete([key])
    await expect(catalog.shard(1_500)).rejects.toMatchObject({ code: 'store_missing' })
    expect(await catalog.shard(500)).toEqual(shards[500])
    await opened.store.put(key, body)
    expect(await catalog.shard(1_500)).toEqual(shards[1_500])
  })

  test('has another digest for another snapshot', async () => {
    await closeWith('one', { shards: shards.slice(0, 3) })
    await closeWith('two', { shards: shards.slice(0, 4) })
    const digests = ['one', 'one', 'two'].map(
      async (run) => (await openCatalog(opened.store, { run, round: 0 })).digest,
    )
    const [one, again, two] = await Promise.all(digests)
    expect(one).toBe(again)
    expect(two).not.toBe(one)
  })
})
