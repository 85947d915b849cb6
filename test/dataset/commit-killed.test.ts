import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotationTables } from '../../schemas/annotation.js'
import { listCommitted } from '../../src/dataset/committed-shards.js'
import { closeRound, manifestShards } from '../../src/dataset/manifest.js'
import { readSnapshotTable, verifySnapshot } from '../../src/dataset/snapshot.js'
import { attemptBy } from './shard-attempts.js'
import { openFolderStore, type TestStore } from './stores.js'

const script = fileURLToPath(new URL('./committing-process.ts', import.meta.url))
const shards = 60

let opened: TestStore
beforeAll(async () => {
  opened = await openFolderStore()
})
afterAll(() => opened.remove())

/** Starts a process that commits all shards; with `killAt`, it is killed without warning while it commits that one. */
async function commitInProcess(run: string, writer: string, killAt?: number): Promise<void> {
  const folder = fileURLToPath(opened.store.uri)
  const child = fork(script, [folder, run, writer, String(shards)], { execArgv: ['--import', 'tsx'] })
  child.on('message', (shard) => {
    if (shard === killAt) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'exit')
  expect([code, signal]).toEqual(killAt === undefined ? [0, null] : [null, 'SIGKILL'])
}

test('processes killed while they commit leave whole shards or none; the next one completes the run', async () => {
  const { store } = opened
  const run = 'killed'
  for (const killAt of [0, 7, 30, 31]) {
    await commitInProcess(run, `killed-at-${killAt}`, killAt)
    let committed = 0
    for await (const _ of listCommitted(store, run, 0)) committed++
    expect(committed).toBeLessThan(shards)
  }
  await commitInProcess(run, 'survivor')

  const manifest = await closeRound(store, { run, round: 0, set: 'photos', plan: 'digest', shards })
  expect(await verifySnapshot(store, manifest)).toEqual([])
  for (const table of annotationTables) {
    const rows = attemptBy('any', run).annotations[table].length * shards
    expect(manifest.rows[table]).toBe(rows)
    let read = 0
    for await (const row of readSnapshotTable(store, manifestShards(store, manifest), table)) if (row.image_id) read++
    expect(read).toBe(rows)
  }
  const attempts = new Set<string>()
  for await (const { attempt } of manifestShards(store, manifest)) attempts.add(attempt)
  expect(attempts.size).toBeGreaterThan(1)
})
