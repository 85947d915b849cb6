import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { annotationTables, type TextRow } from '../../schemas/annotation.js'
import type { ShardCommit } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { listCommitted, readCommits } from '../../src/dataset/committed-shards.js'
import { readShardTable } from '../../src/dataset/snapshot.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { annotationsBy, attemptBy } from './shard-attempts.js'
import { openBucketStore, openFolderStore, type TestStore } from './stores.js'

const writers = Array.from({ length: 16 }, (_, index) => `attempt-${index}`)

async function listAll(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

async function commitsOf(store: ObjectStore, run: string): Promise<ShardCommit[]> {
  const commits: ShardCommit[] = []
  for await (const commit of readCommits(store, run, 0)) commits.push(commit)
  return commits
}

function writersOf(rows: readonly TextRow[]): string[] {
  return [...new Set(rows.map(({ text }) => text.replace('written by ', '')))]
}

const stores: [string, () => Promise<TestStore>][] = [
  ['a folder', openFolderStore],
  ['an S3 bucket', openBucketStore],
]

describe.each(stores)('commit to %s', (_kind, open) => {
  let opened: TestStore
  let store: ObjectStore
  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.remove())

  test('makes the tables of a shard visible, with what the record says of them', async () => {
    const { won, commit } = await commitShard(store, attemptBy('first', 'visible'))
    expect(won).toBe(true)
    expect(await commitsOf(store, 'visible')).toStrictEqual([commit])
    expect(commit).toMatchObject({ images: 2, refused: 1, absent: { ocr: 'not loaded' } })
    expect(commit.rejects).toEqual({ too_few_votes: 2, too_small: 1 })
    expect(commit.files.map(({ table, rows }) => [table, rows])).toEqual([
      ['text', 2],
      ['rejects', 3],
    ])
    const written = annotationsBy('first', '000000')
    expect(await readShardTable(store, commit, 'text')).toStrictEqual(written.text.reverse())
    expect(await readShardTable(store, commit, 'rejects')).toStrictEqual(written.rejects)
    expect(await readShardTable(store, commit, 'region_text')).toEqual([])
  })

  test('gives a table without rows no file; it reads as empty', async () => {
    const nothing = { text: [], region_text: [], phrase_region: [], rejects: [] }
    const { won, commit } = await commitShard(store, { ...attemptBy('first', 'bare'), annotations: nothing })
    expect(won).toBe(true)
    expect(commit).toMatchObject({ files: [], rejects: {} })
    expect(await listAll(store, 'runs/bare/')).toEqual([storeLayout.commit('bare', 0, '000000')])
    for (const table of annotationTables) expect(await readShardTable(store, commit, table)).toEqual([])
  })

  test('16 attempts at once: one is visible, all of it its own, and everyone learns which', async () => {
    for (let round = 0; round < 5; round++) {
      const run = `race-${round}`
      const results = await Promise.all(writers.map((writer) => commitShard(store, attemptBy(writer, run))))
      const winners = writers.filter((_, index) => results[index]?.won)
      expect(winners).toHaveLength(1)
      const [commit, ...others] = await commitsOf(store, run)
      expect(others).toEqual([])
      expect(new Set(results.map((result) => JSON.stringify(result.commit)))).toEqual(new Set([JSON.stringify(commit)]))
      expect(commit?.attempt).toBe(winners[0])
      expect(commit && writersOf(await readShardTable(store, commit, 'text'))).toEqual(winners)
    }
  })

  test('a reader sees no commit of a shard or a whole one at any moment', async () => {
    const shards = Array.from({ length: 12 }, (_, index) => shardName(index))
    let writing = true
    const seen = new Map<string, string>()
    async function watch(): Promise<void> {
      while (writing) {
        for (const commit of await commitsOf(store, 'watched')) {
          for (const table of annotationTables) await readShardTable(store, commit, table)
          expect(writersOf(await readShardTable(store, commit, 'text'))).toEqual([commit.attempt])
          expect(seen.get(commit.shard) ?? commit.attempt).toBe(commit.attempt)
          seen.set(commit.shard, commit.attempt)
        }
      }
    }
    async function write(): Promise<void> {
      try {
        for (const shard of shards) {
          await Promise.all(
            writers.slice(0, 3).map((writer) => commitShard(store, attemptBy(writer, 'watched', shard))),
          )
        }
      } finally {
        writing = false
      }
    }
    await Promise.all([write(), watch(), watch()])
    expect(seen.size).toBeGreaterThan(shards.length / 2)
  })

  test('a shard that is committed already is left as it is, without a write', async () => {
    const first = await commitShard(store, attemptBy('first', 'again'))
    const keys = await listAll(store, 'runs/again/')
    const second = await commitShard(store, attemptBy('second', 'again'))
    expect(second).toStrictEqual({ won: false, commit: first.commit })
    expect(await commitShard(store, attemptBy('first', 'again'))).toStrictEqual(first)
    expect(await listAll(store, 'runs/again/')).toEqual(keys)
  })

  test('a value that cannot be stored stops the attempt before anything is visible', async () => {
    const attempt = attemptBy('broken', 'refused')
    for (const row of attempt.annotations.text) row.score = Number.NaN
    await expect(commitShard(store, attempt)).rejects.toThrow(/table text, row 0, column score: NaN/)
    expect(await commitsOf(store, 'refused')).toEqual([])
  })

  test('commits are read in the order of their shards, however many', async () => {
    const shards = Array.from({ length: 40 }, (_, index) => shardName(39 - index))
    await Promise.all(shards.map((shard) => commitShard(store, attemptBy('a', 'many', shard))))
    expect((await commitsOf(store, 'many')).map(({ shard }) => shard)).toEqual(shards.sort())
    const listed: string[] = []
    for await (const shard of listCommitted(store, 'many', 0)) listed.push(shard)
    expect(listed).toEqual(shards)
    for await (const shard of listCommitted(store, 'many', 1)) expect(shard).toBe('no shard')
  })

  test('a record that is no commit is named', async () => {
    const key = storeLayout.commit('damaged', 0, '000000')
    await store.put(key, new TextEncoder().encode('{"run": "damaged"}'))
    await expect(commitsOf(store, 'damaged')).rejects.toMatchObject({ code: 'store_corrupt', details: { key } })
    await store.put(key, new TextEncoder().encode('{"run": "dam'))
    await expect(commitsOf(store, 'damaged')).rejects.toThrow(`${store.uri}: ${key} is not JSON`)
  })
})
