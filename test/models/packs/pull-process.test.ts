import { type ChildProcess, spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashFile } from '../../../src/models/packs/cached-file.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { type ModelServer, startModelServer } from './model-server.js'
import { emptyCache, entryOf, filesBelow, noise, sha256 } from './pack-fixtures.js'

const model = noise(400_000, 31)
let server: ModelServer
let cache: string

beforeEach(async () => {
  server = await startModelServer()
  server.files.set('/model.onnx', model)
  cache = await emptyCache()
})
afterEach(async () => {
  await server.close()
  await rm(cache, { recursive: true })
})

const entry = () => entryOf({ 'model.onnx': { bytes: model, sources: [`${server.url}/model.onnx`] } })

async function pullInProcess(): Promise<ChildProcess> {
  const description = join(cache, 'entry.json')
  await writeFile(description, JSON.stringify(entry()))
  const program = fileURLToPath(new URL('./pull-process.ts', import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', program, description, cache], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

describe('pulls of several processes', () => {
  it('do not disturb each other', async () => {
    const processes = await Promise.all([pullInProcess(), pullInProcess()])
    const exits = await Promise.all(processes.map((child) => event(child, 'exit')))
    expect(exits.map(([code]) => code)).toEqual([0, 0])
    const [path = ''] = (await pullEntry(entry(), { cache })).values()
    expect(await hashFile(path, 'sha256')).toBe(sha256(model))
    expect((await filesBelow(cache)).filter((file) => file.endsWith('.part'))).toEqual([])
  })

  it('go on with what a killed one has left', async () => {
    const half = model.byteLength / 2
    const sent = new Promise<void>((resolve) => {
      server.interceptions.set('/model.onnx', (_request, response, count) => {
        if (count > 1) return false
        response.writeHead(200, { 'content-length': model.byteLength })
        response.write(model.subarray(0, half), () => resolve())
        return true
      })
    })
    const child = await pullInProcess()
    await sent
    await partOf(half)
    child.kill('SIGKILL')
    await event(child, 'exit')
    const [path = ''] = (await pullEntry(entry(), { cache })).values()
    expect(await hashFile(path, 'sha256')).toBe(sha256(model))
    expect(server.requests.at(-1)?.range).toBe(`bytes=${half}-`)
    expect((await filesBelow(cache)).filter((file) => file.endsWith('.part'))).toEqual([])
  })
})

/** Until the other process has written its part: nothing tells, so the folder is looked at. */
async function partOf(bytes: number): Promise<void> {
  await expect
    .poll(async () => (await hashes()).includes(sha256(model.subarray(0, bytes))), { timeout: 20_000, interval: 20 })
    .toBe(true)
}

async function hashes(): Promise<string[]> {
  const parts = (await filesBelow(cache)).filter((file) => file.endsWith('.part'))
  return Promise.all(parts.map((part) => hashFile(join(cache, part), 'sha256')))
}
