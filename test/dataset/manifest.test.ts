import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TextRow } from '../../schemas/annotation.js'
import { type Manifest, manifestSchema } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readCommits } from '../../src/dataset/committed-shards.js'
import { closeRound, type RoundToClose, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable, type VisibleShard, verifySnapshot } from '../../src/dataset/snapshot.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { annotationsBy, attemptBy } from './shard-attempts.js'
import { openFolderStore, type TestStore } from './stores.js'

const shards = [0, 1, 2].map(shardName)
const closing = (run: string): RoundToClose => ({ run, round: 0, set: 'photos', plan: 'digest', shards: shards.length })

let opened: TestStore
let store: ObjectStore
beforeAll(async () => {
  opened = await openFolderStore()
  store = opened.store
})
afterAll(() => opened.remove())

async function closedRun(run: string): Promise<Manifest> {
  for (const shard of shards) await commitShard(store, attemptBy('a', run, shard))
  return closeRound(store, closing(run))
}

async function readTexts(visible: Iterable<VisibleShard> | AsyncIterable<VisibleShard>): Promise<TextRow[]> {
  const rows: TextRow[] = []
  for await (const row of readSnapshotTable(store, visible, 'text')) rows.push(row)
  return rows
}

describe('the manifest of a round', () => {
  test('adds up its commits', async () => {
    const manifest = await closedRun('sums')
    expect(manifest).toMatchObject({ set: 'photos', plan: 'digest', images: 6, refused: 3 })
    expect(manifest.rows).toEqual({ text: 6, region_text: 0, phrase_region: 0, rejects: 9 })
    expect(manifest.rejects).toEqual({ too_few_votes: 6, too_small: 3 })
    let bytes = 0
    for (const { files } of manifest.shards) {
      for (const { key } of files) bytes += (await store.head(key))?.bytes ?? Number.NaN
    }
    expect(manifest.bytes).toBe(bytes)
    expect(await readManifest(store, 'sums', 0)).toStrictEqual(manifest)
    expect(await readManifest(store, 'sums', 1)).toBeNull()
  })

  test('is written once: whoever closes the round gets the same one', async () => {
    for (const shard of shards) await commitShard(store, attemptBy('a', 'once', shard))
    const manifests = await Promise.all(Array.from({ length: 8 }, () => closeRound(store, closing('once'))))
    expect(new Set(manifests.map((manifest) => JSON.stringify(manifest))).size).toBe(1)
  })

  test('is not written while a shard has no commit, or where a commit is of no shard', async () => {
    await commitShard(store, attemptBy('a', 'open', '000001'))
    await commitShard(store, attemptBy('a', 'open', '000007'))
    await expect(closeRound(store, closing('open'))).rejects.toMatchObject({
      code: 'run_conflict',
      message: expect.stringMatching(/2 of 3 shards have no commit \(000000, 000002\); 1 commits .* \(000007\)$/),
    })
    expect(await readManifest(store, 'open', 0)).toBeNull()
  })

  test('of a set without shards is empty', async () => {
    const manifest = await closeRound(store, { ...closing('empty'), shards: 0 })
    expect(manifest).toMatchObject({ images: 0, bytes: 0, shards: [] })
    expect(await readTexts(manifest.shards)).toEqual([])
  })
})

describe('reading a snapshot', () => {
  test('follows the manifest, or the commits, and no file that is merely there', async () => {
    const manifest = await closedRun('read')
    const stray = storeLayout.table('read', 0, 'text', '000000', 'loser')
    await store.put(stray, new TextEncoder().encode('half a file'))
    const expected = shards.flatMap((shard) => annotationsBy('a', shard).text.reverse())
    expect(await readTexts(manifest.shards)).toStrictEqual(expected)
    expect(await readTexts(readCommits(store, 'read', 0))).toStrictEqual(expected)
    expect(await verifySnapshot(store, manifest)).toEqual([])
  })

  test('verifying names each file that is gone, changed or cut short, and each wrong sum', async () => {
    const manifest = await closedRun('verify')
    const [gone, changed, cut] = manifest.shards.map(({ files }) => files[0]?.key ?? '')
    if (!gone || !changed || !cut) throw new Error('every shard has files')
    await store.delete([gone])
    const flipped = new Uint8Array(await store.get(changed))
    flipped.set([(flipped[40] ?? 0) ^ 1], 40)
    await store.put(changed, flipped)
    await store.put(cut, (await store.get(cut)).subarray(0, 100))
    const faults = await verifySnapshot(store, manifestSchema.parse({ ...manifest, bytes: manifest.bytes + 1 }))
    expect(faults.map(({ key }) => key)).toEqual(['manifest.json', gone, changed, cut])
    expect(faults[2]?.fault).toMatch(/^sha256 /)
    expect(faults[3]?.fault).toMatch(/^100 bytes and not \d+$/)
  })
})
