import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FldProcess, startFld } from '../cli/fld-process.js'
import { type FedStore, openFedStore } from './fed-store.js'
import { answerOf, ask, readEpoch, readRecords } from './feed-reader.js'

let fed: FedStore
let server: FldProcess
let url: string

beforeAll(async () => {
  // Some 600 kB an image, 18 MB in all.
  fed = await openFedStore({ images: 30, shardSize: 5, width: 3_000 })
  server = startFld(['feed', 'serve', fed.run, '--out', fed.out, '--port', '0', '--window', '2', '--image-mb', '20'])
  url = /http:\S+(?=;)/.exec(await server.line(/^serving /))?.[0] ?? ''
}, 120_000)
afterAll(async () => {
  server.child.kill('SIGKILL')
  await server.ended
  await fed.remove()
})

/** Resident memory of the server, in bytes. */
async function resident(): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8')
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
}

async function readers(): Promise<{ epoch: number; sent: number }[]> {
  return JSON.parse((await answerOf(url, '/info')).body).readers
}

test('clients that do not read cost next to nothing, and keep nobody waiting', { timeout: 120_000 }, async () => {
  // All that is loaded once is there.
  const epoch = await readEpoch(url, '')
  let bytes = 0
  for await (const { image_bytes } of readRecords(url, '')) bytes += image_bytes
  const before = await resident()
  const stalled = await Promise.all(Array.from({ length: 20 }, () => ask(url, '/feed')))
  for (let round = 0; round < 3; round++) expect(await readEpoch(url, '')).toEqual(epoch)
  const standing = await readers()
  expect(standing).toHaveLength(20)
  for (const { sent } of standing) {
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(epoch.ids.length)
  }
  // Buffered without bounds, all of it would be in memory by now.
  expect((await resident()) - before).toBeLessThan((20 * bytes) / 4)
  for (const { request } of stalled) request.destroy()
  await expect.poll(readers).toEqual([])
})

test('a server that is told to stop ends streams between two records, and itself', { timeout: 60_000 }, async () => {
  const read: string[] = []
  const consume = async () => {
    for await (const { sample_id } of readRecords(url, 'epoch=1')) {
      read.push(sample_id ?? '')
      if (read.length === 1) server.child.kill('SIGTERM')
    }
  }
  const { ids } = await readEpoch(url, 'images=0&epoch=1')
  await expect(consume()).rejects.toThrow('the connection ended in the middle of an epoch')
  expect(read).toEqual(ids.slice(0, read.length))
  expect((await server.ended).code).toBe(0)
})
