import { once } from 'node:events'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkpointSchema } from '../../schemas/checkpoint.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { closeRound } from '../../src/dataset/manifest.js'
import { listCheckpoints, readCheckpoint } from '../../src/rounds/index.js'
import { openStore } from '../../src/storage/open-store.js'
import { attemptBy } from '../dataset/shard-attempts.js'
import { commitId, type HubRepository, serveRepository } from '../models/packs/hub-server.js'
import { type ModelServer, startModelServer } from '../models/packs/model-server.js'
import { emptyCache, sha256 } from '../models/packs/pack-fixtures.js'
import { type Contents, florence2Contents, type WrittenFiles, writeContents } from '../rounds/checkpoint-fixture.js'
import { startFaultProxy } from '../servers/fault-proxy.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { fld, startFld } from './fld-process.js'

let folder: string
let out: string
let written: WrittenFiles
beforeEach(async () => {
  folder = await emptyCache()
  out = join(folder, 'out')
  written = await writeContents({ ...florence2Contents(1), 'model.safetensors': Buffer.from('large') })
})
afterEach(async () => {
  await written.remove()
  await rm(folder, { recursive: true })
})

async function command(...args: string[]) {
  return fld(['checkpoint', ...args, '--out', out])
}

describe('fld checkpoint', () => {
  it('adds, lists, shows, promotes and goes back', async () => {
    const first = await command('add', written.folder, '--name', 'base', '--licence', 'MIT', '--promote')
    expect(first, first.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^base@1: 9 files, .*\nbase@1 is current\n$/),
    })
    expect(first.stderr).toContain('uploading onnx/vision_encoder.onnx (40.0 kB)')
    const again = await command('add', written.folder, '--name', 'base')
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('base@1: has these files already') })
    await writeFile(join(written.folder, 'onnx/encoder_model.onnx'), 'other')
    const second = await command('add', written.folder, '--name', 'base', '--json')
    expect(checkpointSchema.parse(JSON.parse(second.stdout))).toMatchObject({
      version: 2,
      lineage: { parent: 1, source: written.folder },
    })
    expect(second.stderr).toContain('onnx/vision_encoder.onnx: in the store already')
    expect(await command('promote', 'base@2', '--force', 'a test')).toMatchObject({
      code: 0,
      stdout: 'base@2 is current\n',
    })
    expect((await command('list')).stdout).toMatch(/\n {3}base@1 .* MIT .*\n\* {2}base@2 .* unknown /)
    const lines = (await command('list', 'base', '--json')).stdout.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line)).map(({ version, current }) => [version, current])).toEqual([
      [1, false],
      [2, true],
    ])
    expect(await command('rollback', 'base')).toMatchObject({ code: 0, stdout: 'base@1 is current again\n' })
    const shown = await command('show', 'base')
    expect(shown.stdout).toMatch(/^base@1: florence2, current\n/)
    expect(
      shown.stdout.match(/promote {2}base@1|promote {3}base@2|rollback {2}base@1/g)?.length,
    ).toBeGreaterThanOrEqual(2)
    const json = JSON.parse((await command('show', 'base@2', '--json')).stdout)
    expect(json).toMatchObject({ version: 2, current: { version: 1 } })
  }, 120_000)

  it('says what is wrong, and ends with 2', async () => {
    const nothing = await command('add', join(folder, 'nowhere'), '--name', 'base')
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot read the folder') })
    await rm(join(written.folder, 'tokenizer.json'))
    const half = await command('add', written.folder, '--name', 'base')
    expect(half).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/missing are tokenizer\.json; there are: config\.json,/),
    })
    expect(await command('show', 'base')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no checkpoint "base"'),
    })
    expect(await command('promote', 'base')).toMatchObject({ code: 2, stderr: expect.stringContaining('base@2') })
    expect(await command('promote', 'base@0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name@version'),
    })
    expect(await command('add', written.folder, '--name', 'x', '--dtype', 'fp8')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one of fp32, fp16'),
    })
    expect(await command('list')).toMatchObject({ code: 0, stdout: `no checkpoints in ${out}\n` })
  }, 120_000)

  it('follows links to files, as the cache of the hub has them, and writes down the snapshot', async () => {
    const store = await openStore(out)
    await commitShard(store, attemptBy('a', 'starter-1', '000000'))
    await closeRound(store, { run: 'starter-1', round: 0, set: 'photos', plan: 'digest', shards: 1 })
    const graph = join(written.folder, 'onnx/encoder_model.onnx')
    await writeFile(join(folder, 'blob'), 'linked')
    await rm(graph)
    await symlink(join(folder, 'blob'), graph)
    const args = ['add', written.folder, '--name', 'base', '--from-snapshot']
    expect(await command(...args, 'starter-1:4')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"starter-1"'),
    })
    const added = await command(...args, 'starter-1')
    expect(added, added.stderr).toMatchObject({ code: 0 })
    const { lineage, files } = await readCheckpoint(store, 'base', 1)
    const manifest_sha256 = sha256(await readFile(join(out, storeLayout.manifest('starter-1', 0))))
    expect(lineage.from_snapshot).toEqual({ run: 'starter-1', round: 0, revision: 0, manifest_sha256 })
    expect(files.find(({ path }) => path === 'onnx/encoder_model.onnx')?.sha256).toBe(sha256(Buffer.from('linked')))
    await store.close()
  }, 120_000)
})

describe('fld checkpoint add from the hub', () => {
  let hub: ModelServer
  let repository: HubRepository
  let environment: Record<string, string>
  const contents: Contents = { ...florence2Contents(3), ...florence2Contents(3, '_fp16') }
  const { 'generation_config.json': _absent, ...without } = florence2Contents(4)
  beforeEach(async () => {
    hub = await startModelServer()
    repository = serveRepository(hub, hub, 'owner/florence2', { a: contents, b: without })
    environment = { FLD_CACHE: join(folder, 'cache'), HF_ENDPOINT: hub.url, HF_TOKEN: 'secret' }
  })
  afterEach(() => hub.close())
  const add = (source: string, ...more: string[]) =>
    fld(['checkpoint', 'add', source, '--name', 'base', '--out', out, '--json', ...more], environment)

  it('pulls what the dtype chooses, pinned to the commit, and asks nobody the second time', async () => {
    const first = await add('hf:owner/florence2:fp16')
    expect(first, first.stderr).toMatchObject({ code: 0 })
    const checkpoint = checkpointSchema.parse(JSON.parse(first.stdout))
    expect(checkpoint.lineage.source).toBe(`hf:owner/florence2@${commitId('a')}`)
    expect(checkpoint.files).toHaveLength(9)
    for (const { path, sha256: hash } of checkpoint.files) {
      expect(path, path).not.toMatch(/(?<!_fp16)\.onnx$/)
      expect(hash, path).toBe(sha256(contents[path] ?? new Uint8Array()))
    }
    expect(hub.requests.some(({ authorization }) => authorization === 'Bearer secret')).toBe(true)
    repository.main = commitId('b')
    hub.requests.length = 0
    const again = await add('hf:owner/florence2@main', '--dtype', 'fp16')
    expect(JSON.parse(again.stdout)).toEqual(checkpoint)
    expect(hub.requests).toEqual([])
  }, 120_000)

  it('does without generation_config.json, and refuses a repository without the graphs', async () => {
    const added = await add(`hf:owner/florence2@${commitId('b')}`)
    expect(added, added.stderr).toMatchObject({ code: 0 })
    expect(checkpointSchema.parse(JSON.parse(added.stdout)).files).toHaveLength(8)
    const half = await add(`hf:owner/florence2@${commitId('b')}:q4`)
    expect(half).toMatchObject({ code: 1, stderr: expect.stringMatching(/_q4\.onnx.*404/) })
    const twice = await add('hf:owner/florence2:q4', '--dtype', 'q4')
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('give it once') })
    expect(await add('hf:florence2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hf:owner/repo[@revision][:dtype]'),
    })
  }, 120_000)
})

describe('fld checkpoint add with buckets', () => {
  it('reads a bucket, writes into one, and leaves nothing visible at Ctrl-C', async () => {
    const connection = await s3Connection()
    const bucket = await createBucket(connection)
    const { endpoint, region, accessKeyId, secretAccessKey } = connection
    const s3 = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
    const source = await openStore(`s3://${bucket}/weights/7`, { s3 })
    for (const [path, bytes] of Object.entries(florence2Contents(1))) await source.put(path, bytes)
    await source.put('model.safetensors', Buffer.from('large'))
    const proxy = await startFaultProxy(endpoint)
    const environment = (address: string) => ({
      AWS_ENDPOINT_URL_S3: address,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    })
    const args = ['checkpoint', 'add', `s3://${bucket}/weights/7`, '--name', 'base', '--out', `s3://${bucket}/dataset`]
    proxy.use(({ method, url }) =>
      method === 'PUT' && url.includes('encoder_model') ? { kind: 'hold', until: new Promise(() => undefined) } : null,
    )
    const stopped = startFld(args, environment(proxy.endpoint))
    await stopped.line(/uploading onnx\/encoder_model/)
    stopped.child.kill('SIGINT')
    expect(await stopped.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('nothing of the checkpoint is visible'),
    })
    await proxy.close()
    const store = await openStore(`s3://${bucket}/dataset`, { s3 })
    expect(await listCheckpoints(store)).toEqual([])
    const killed = startFld(args, environment(endpoint))
    await killed.line(/uploading|in the store already/)
    killed.child.kill('SIGKILL')
    await once(killed.child, 'close')
    const ended = await fld(args, environment(endpoint))
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('base@1') })
    const [listed] = await listCheckpoints(store)
    expect(listed?.versions.map(({ version, files, lineage }) => [version, files.length, lineage.source])).toEqual([
      [1, 9, `s3://${bucket}/weights/7`],
    ])
    await Promise.all([source.close(), store.close()])
  }, 180_000)
})
