import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packEntrySchema } from '../../../schemas/pack.js'
import { parseSource } from '../../../src/models/packs/model-source.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { refusedWith } from '../../storage/store-expectations.js'
import { emptyCache, entryOf, filesBelow, noise, sha256 } from './pack-fixtures.js'

const model = noise(50_000, 3)
let folder: string
let cache: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-pull-file-'))
  cache = await emptyCache()
  path = join(folder, 'a b 100% %20 #?', 'modèle.onnx')
  await mkdir(join(path, '..'))
  await writeFile(path, model)
})
afterEach(async () => {
  await rm(folder, { recursive: true })
  await rm(cache, { recursive: true })
})

const pull = (source: string) => pullEntry(entryOf({ 'model.onnx': { bytes: model, sources: [source] } }), { cache })

describe('a model file of this machine', () => {
  it('comes into the cache by its file URL', async () => {
    const files = await pull(pathToFileURL(path).href)
    expect(sha256(await readFile(files.get('model.onnx') ?? ''))).toBe(sha256(model))
    await rm(path)
    expect((await pull(pathToFileURL(path).href)).size).toBe(1)
  })

  it('is refused when it is another than the pinned one, and nothing of it stays', async () => {
    await writeFile(path, 'a secret')
    const { message } = await refusedWith('model_invalid', pull(pathToFileURL(path).href))
    expect(message).toContain('is not the pinned file')
    expect(message).not.toContain('a secret')
    expect(await filesBelow(cache)).toEqual([])
  })

  it('is told to be missing, as is a folder or a device of its name', async () => {
    for (const other of [join(folder, 'none'), folder, '/dev/zero']) {
      const { message } = await refusedWith('model_unavailable', pull(pathToFileURL(other).href))
      expect(message).toContain(`there is no file ${other}`)
    }
  })

  it('is named by an absolute file URL only', async () => {
    expect(parseSource('file:///a/b%20c')).toEqual({ kind: 'file', path: '/a/b c' })
    for (const source of ['file:a', 'file://host/a', 'file:/a', 'file:///a%2Fb', 'file:///a%']) {
      expect(() => parseSource(source), source).toThrow('is no model source')
    }
    const files = [{ path: 'a', sha256: '0'.repeat(64), bytes: 1, sources: ['file:a'] }]
    const entry = { name: 'a', annotator: 'detect', family: 'f', licence: 'MIT', files }
    expect(packEntrySchema.safeParse(entry).success).toBe(false)
  })
})
