import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockedEntrySchema, packSchema } from '../../schemas/pack.js'
import { commitId, type HubRepository, serveRepository } from '../models/packs/hub-server.js'
import { type ModelServer, startModelServer } from '../models/packs/model-server.js'
import { emptyCache, filesBelow, noise, sha256 } from '../models/packs/pack-fixtures.js'
import { fld } from './fld-process.js'

const graph = noise(50_000, 21)
let hub: ModelServer
let repository: HubRepository
let folder: string
let pack: string
let environment: Record<string, string>

beforeEach(async () => {
  hub = await startModelServer()
  const files = { 'config.json': Buffer.from('{}'), 'onnx/model.onnx': graph }
  repository = serveRepository(hub, hub, 'owner/model', { a: files, b: { ...files, 'onnx/model.onnx': noise(9, 1) } })
  folder = await emptyCache()
  pack = join(folder, 'own.json')
  environment = { FLD_CACHE: join(folder, 'cache'), HF_ENDPOINT: hub.url }
  const paths = ['config.json', 'onnx/model.onnx']
  const entry = {
    name: 'one',
    annotator: 'detect',
    family: 'f',
    licence: 'MIT',
    files: paths.map((path) => ({ path, sources: [`hf:owner/model@main/${path}`] })),
  }
  await writeFile(pack, JSON.stringify({ name: 'own', description: 'mine', entries: [entry] }))
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true })
})

describe('fld models', () => {
  it('lock writes the pack with everything pinned, which a second machine pulls though main has moved', async () => {
    const locked = join(folder, 'locked.json')
    expect(await fld(['models', 'lock', pack, '--out', locked], environment)).toMatchObject({ code: 0 })
    const written = packSchema.parse(JSON.parse(await readFile(locked, 'utf8')))
    const [entry] = written.entries.map((each) => lockedEntrySchema.parse(each))
    expect(entry?.files[1]).toEqual({
      path: 'onnx/model.onnx',
      sha256: sha256(graph),
      bytes: graph.byteLength,
      sources: [`hf:owner/model@${commitId('a')}/onnx/model.onnx`],
    })
    repository.main = commitId('b')
    const second = { ...environment, FLD_CACHE: join(folder, 'second') }
    expect(await fld(['models', 'pull', locked], second)).toMatchObject({ code: 0 })
    const models = (await filesBelow(join(folder, 'second', 'models'))).filter((file) => file.endsWith('.onnx'))
    expect(models).toHaveLength(1)
    expect(sha256(await readFile(join(folder, 'second', 'models', models[0] ?? '')))).toBe(sha256(graph))
  }, 60_000)

  it('pull pins for itself; list and verify say what is not pinned', async () => {
    expect((await fld(['models', 'list', pack], environment)).stdout).toMatch(/own\/one .* 2 files, not pinned/)
    const before = await fld(['models', 'verify', pack], environment)
    expect(before).toMatchObject({ code: 1, stdout: expect.stringMatching(/onnx\/model\.onnx +missing +not pinned/) })
    expect(await fld(['models', 'pull', pack], environment)).toMatchObject({ code: 0 })
    await hub.close()
    expect(await fld(['models', 'pull', pack], environment)).toMatchObject({ code: 0 })
    expect((await fld(['models', 'verify', pack], environment)).stdout).toMatch(/onnx\/model\.onnx +ok +\//)
  }, 60_000)
})
