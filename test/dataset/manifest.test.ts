import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TextRow } from '../../schemas/annotation.js'
import { type Manifest, manifestSchema, type SnapshotShard } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readCommits } from '../../src/dataset/committed-shards.js'
import { closeRound, manifestShards, type RoundToClose, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable, type VisibleShard, verifySnapshot } from '../../src/dataset/snapshot.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { annotationsBy, attemptBy } from './shard-attempts.js'
import { openBucketStore, openFolderStore, type TestStore } from './stores.js'

const shards = [0, 1, 2].map(shardName)
const closing = (run: string): RoundToClose => ({ run, round: 0, set: 'photos', plan: 'digest', shards: shards.length })

let opened: TestStore
let store: ObjectStore
function useStore(open: () => Promise<TestStore>): void {
  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.remove())
}

async function closedRun(run: string): Promise<Manifest> {
  for (const shard of shards) await commitShard(store, attemptBy('a', run, shard))
  return closeRound(store, closing(run))
}

async function readTexts(visible: Iterable<VisibleShard> | AsyncIterable<VisibleShard>): Promise<TextRow[]> {
  const rows: TextRow[] = []
  for await (const row of readSnapshotTable(store, visible, 'text')) rows.push(row)
  return rows
}

async function shardsOf(manifest: Manifest): Promise<SnapshotShard[]> {
  const found: SnapshotShard[] = []
  for await (const shard of manifestShards(store, manifest)) found.push(shard)
  return found
}

async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** Replaces a commit, as a shard that is done again does. */
async function supersede(run: string, shard: string, attempt: string): Promise<void> {
  const key = storeLayout.commit(run, 0, shard)
  await store.delete([key])
  await commitShard(store, attemptBy(attempt, run, shard))
}

const stores: [string, () => Promise<TestStore>][] = [
  ['a folder', openFolderStore],
  ['an S3 bucket', openBucketStore],
]

describe.each(stores)('in %s', (_kind, open) => {
  useStore(open)

  describe('the manifest of a round', () => {
    test('adds up its commits', async () => {
      const manifest = await closedRun('sums')
      expect(manifest).toMatchObject({ set: 'photos', plan: 'digest', images: 6, refused: 3 })
      expect(manifest.rows).toEqual({ text: 6, region_text: 0, phrase_region: 0, rejects: 9 })
      expect(manifest.rejects).toEqual({ too_few_votes: 6, too_small: 3 })
      expect(manifest.absent).toEqual({ ocr: 3 })
      let bytes = 0
      for (const { files } of await shardsOf(manifest)) {
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
      expect(manifest).toMatchObject({ images: 0, bytes: 0, parts: [] })
      expect(await readTexts(manifestShards(store, manifest))).toEqual([])
    })

    test('names its shards in parts, each an object of its own that is checked when it is read', async () => {
      const manifest = await closedRun('parts')
      const [part] = manifest.parts
      if (part === undefined) throw new Error('a round with shards has a part')
      expect(part).toMatchObject({ first: '000000', last: '000002', shards: 3 })
      expect(part.key).toBe(storeLayout.manifestPart('parts', 0, part.sha256))
      expect(await shardsOf(manifest)).toEqual(shards.map((shard) => expect.objectContaining({ shard, attempt: 'a' })))
      await store.put(part.key, new TextEncoder().encode('{"shards":[]}'))
      await expect(shardsOf(manifest)).rejects.toMatchObject({ code: 'store_corrupt', details: { key: part.key } })
      expect((await verifySnapshot(store, manifest)).at(-1)).toMatchObject({ key: part.key })
      await store.delete([part.key])
      await expect(shardsOf(manifest)).rejects.toMatchObject({ code: 'store_missing' })
    })

    test('from before there were parts is read with its shards in it', async () => {
      const manifest = await closedRun('inline')
      const inline = { ...manifest, parts: undefined, revision: undefined, shards: await shardsOf(manifest) }
      const key = storeLayout.manifest('inline', 0)
      await store.delete([key, ...manifest.parts.map((part) => part.key)])
      await store.put(key, new TextEncoder().encode(JSON.stringify(inline)))
      const read = await readManifest(store, 'inline', 0)
      if (read === null) throw new Error('the manifest was written')
      expect(read).toMatchObject({ revision: 0, parts: [] })
      expect(await shardsOf(read)).toEqual(inline.shards)
      expect(await verifySnapshot(store, read)).toEqual([])
      expect(await closeRound(store, closing('inline'), { revise: true })).toEqual(read)
    })
  })

  describe('a revision', () => {
    test('is written when commits were superseded, and only then; the first snapshot stays', async () => {
      const first = await closedRun('revised')
      expect(await closeRound(store, closing('revised'), { revise: true })).toEqual(first)
      await supersede('revised', '000001', 'b')
      expect(await closeRound(store, closing('revised'))).toEqual(first)
      const second = await closeRound(store, closing('revised'), { revise: true })
      expect(second).toMatchObject({ revision: 1, images: first.images })
      expect((await shardsOf(second)).map(({ attempt }) => attempt)).toEqual(['a', 'b', 'a'])
      expect(await closeRound(store, closing('revised'), { revise: true })).toEqual(second)
      expect(await readManifest(store, 'revised', 0)).toEqual(second)
      expect(await readManifest(store, 'revised', 0, { revision: 0 })).toEqual(first)
      expect(await readManifest(store, 'revised', 0, { revision: 2 })).toBeNull()
      expect((await shardsOf(first)).map(({ attempt }) => attempt)).toEqual(['a', 'a', 'a'])
    })

    test('beyond the ninth is still the newest', async () => {
      await closedRun('often')
      for (let revision = 1; revision <= 11; revision++) {
        await supersede('often', '000000', `try-${revision}`)
        expect((await closeRound(store, closing('often'), { revise: true })).revision).toBe(revision)
      }
      expect((await readManifest(store, 'often', 0))?.revision).toBe(11)
    })

    test('is written once by any number of hands', async () => {
      await closedRun('hands')
      await supersede('hands', '000002', 'b')
      const revise = () => closeRound(store, closing('hands'), { revise: true })
      const manifests = await Promise.all(Array.from({ length: 8 }, revise))
      expect(new Set(manifests.map((manifest) => JSON.stringify(manifest))).size).toBe(1)
      expect(await keysUnder(storeLayout.manifestRevisions('hands', 0))).toHaveLength(1 + 2)
    })
  })
})

describe('a long round', () => {
  useStore(openFolderStore)

  test('a round of many parts: shards in order, no two parts for the same stretch', async () => {
    const names = Array.from({ length: 2_345 }, (_, index) => shardName(index))
    const { commit } = await commitShard(store, { ...attemptBy('a', 'wide', '000000'), checkpoints: { base: 2 } })
    for (const shard of names.slice(1)) {
      await store.put(
        storeLayout.commit('wide', 0, shard),
        new TextEncoder().encode(JSON.stringify({ ...commit, shard })),
      )
    }
    const manifest = await closeRound(store, { ...closing('wide'), shards: names.length })
    expect(manifest.parts.map(({ first, last, shards: count }) => [first, last, count])).toEqual([
      ['000000', '000999', 1_000],
      ['001000', '001999', 1_000],
      ['002000', '002344', 345],
    ])
    expect(manifest).toMatchObject({ images: 2 * names.length, checkpoints: { 'base@2': names.length } })
    expect((await shardsOf(manifest)).map(({ shard }) => shard)).toEqual(names)
  })

  describe('reading a snapshot', () => {
    test('follows the manifest, or the commits, and no file that is merely there', async () => {
      const manifest = await closedRun('read')
      const stray = storeLayout.table('read', 0, 'text', '000000', 'loser')
      await store.put(stray, new TextEncoder().encode('half a file'))
      const expected = shards.flatMap((shard) => annotationsBy('a', shard).text.reverse())
      expect(await readTexts(manifestShards(store, manifest))).toStrictEqual(expected)
      expect(await readTexts(readCommits(store, 'read', 0))).toStrictEqual(expected)
      expect(await verifySnapshot(store, manifest)).toEqual([])
    })

    test('verifying names each file that is gone, changed or cut short, and each wrong sum', async () => {
      const manifest = await closedRun('verify')
      const [gone, changed, cut] = (await shardsOf(manifest)).map(({ files }) => files[0]?.key ?? '')
      if (!gone || !changed || !cut) throw new Error('every shard has files')
      await store.delete([gone])
      const flipped = new Uint8Array(await store.get(changed))
      flipped.set([(flipped[40] ?? 0) ^ 1], 40)
      await store.put(changed, flipped)
      await store.put(cut, (await store.get(cut)).subarray(0, 100))
      const faults = await verifySnapshot(store, manifestSchema.parse({ ...manifest, bytes: manifest.bytes + 1 }))
      expect(faults.map(({ key }) => key)).toEqual([storeLayout.manifest('verify', 0), gone, changed, cut])
      expect(faults[2]?.fault).toMatch(/^sha256 /)
      expect(faults[3]?.fault).toMatch(/^100 bytes and not \d+$/)
    })
  })
})
