import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockedEntrySchema, packEntrySchema } from '../../../schemas/pack.js'
import { pickFiles } from '../../../src/models/packs/graph-files.js'
import { entryOf, listPacks, loadPack, loadPackEntry } from '../../../src/models/packs/pack-file.js'
import { annotatorRegistry } from '../../../workers/registry.js'

const pinned = { sha256: 'a'.repeat(64), bytes: 1 }
const file = { path: 'model.onnx', ...pinned, sources: ['https://example.org/model.onnx'] }
const entry = { name: 'one', annotator: 'detect', family: 'f', licence: 'MIT', files: [file] }

async function packFile(content: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'fld-pack-')), 'own.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('the packs that come with the engine', () => {
  it('are listed and can all be loaded', async () => {
    const names = await listPacks()
    expect(names).toEqual(expect.arrayContaining(['coco-small', 'starter']))
    for (const name of names) expect((await loadPack(name)).name).toBe(name)
  })

  it('have options that their annotators take', async () => {
    const unknown = new Set<string>()
    for (const pack of await listPacks()) {
      for (const { name, annotator, family, options } of (await loadPack(pack)).entries) {
        const module = annotatorRegistry.get(annotator)
        // An entry leaves open which model an endpoint serves; the environment says it.
        const completed = family === 'endpoint' ? { model: 'any', ...options } : options
        const parsed = module?.options.safeParse(completed)
        if (module === undefined) unknown.add(`${pack}/${name} (${annotator})`)
        else expect(parsed?.error, `${pack}/${name}`).toBeUndefined()
      }
    }
    if (unknown.size > 0) process.stderr.write(`NOT CHECKED, no such annotator: ${[...unknown].join(', ')}\n`)
  })

  it('have the files of their dtypes', async () => {
    for (const pack of await listPacks()) {
      for (const entry of (await loadPack(pack)).entries) {
        const graphs = pickFiles(entry).files.filter(({ path }) => path.endsWith('.onnx'))
        expect(graphs.length > 0, `${pack}/${entry.name}`).toBe(entry.files.length > 0)
      }
    }
  })

  it('fld5b pins nothing that was not seen: files of the hub wait for their first pull', async () => {
    const { entries } = await loadPack('fld5b')
    for (const { files } of entries) {
      for (const file of files) {
        const hub = 'sources' in file && file.sources.some((source) => source.startsWith('hf:'))
        expect(file.sha256 === undefined, file.path).toBe(hub)
      }
    }
  })

  it('starter needs only the npm registry', async () => {
    const { entries } = await loadPack('starter')
    const sources = entries.flatMap(({ files }) => files.flatMap((file) => ('sources' in file ? file.sources : [])))
    expect(sources.filter((source) => !source.startsWith('npm:'))).toEqual([])
  })

  it('coco-small counts two sizes of one architecture as one family', async () => {
    const pack = await loadPack('coco-small')
    expect(entryOf(pack, 'deimv2-atto').family).toBe(entryOf(pack, 'deimv2-femto').family)
  })
})

describe('a pack of one’s own', () => {
  it('is loaded from its path, its entries by path/entry', async () => {
    const path = await packFile({ name: 'own', description: '', entries: [entry] })
    expect((await loadPack(path)).name).toBe('own')
    expect((await loadPackEntry(`${path}/one`)).entry.files).toEqual([file])
  })

  it.each([
    ['no JSON', '{', /cannot read the model pack/],
    ['an unknown key', { name: 'own', description: '', entries: [{ ...entry, licens: 'MIT' }] }, /licens/],
    [
      'a short hash',
      { name: 'own', description: '', entries: [{ ...entry, files: [{ ...file, sha256: 'ab' }] }] },
      /files/,
    ],
    [
      'a file without a hash from elsewhere than the hub',
      {
        name: 'own',
        description: '',
        entries: [{ ...entry, files: [{ path: 'a.onnx', sources: ['https://example.org/a.onnx'] }] }],
      },
      /files/,
    ],
    [
      'a file with a size and no hash',
      {
        name: 'own',
        description: '',
        entries: [{ ...entry, files: [{ path: 'a.onnx', bytes: 3, sources: ['hf:o/r@main/a.onnx'] }] }],
      },
      /files/,
    ],
    ['an unknown dtype', { name: 'own', description: '', entries: [{ ...entry, dtype: 'fp8' }] }, /dtype/],
    ['an unknown provider', { name: 'own', description: '', entries: [{ ...entry, provider: 'gpu' }] }, /provider/],
    [
      'two entries of one name',
      { name: 'own', description: '', entries: [entry, entry] },
      /two entries are named "one"/,
    ],
    [
      'a path out of the folder',
      { name: 'own', description: '', entries: [{ ...entry, files: [{ ...file, path: '../model.onnx' }] }] },
      /leaves the entry's folder/,
    ],
    [
      'a conversion of nothing',
      {
        name: 'own',
        description: '',
        entries: [
          {
            ...entry,
            files: [{ path: 'b.onnx', ...pinned, convert: { from: 'tfjs-graph-model', inputs: ['a.json', 'a.bin'] } }],
          },
        ],
      },
      /"b.onnx" is converted from a.json, a.bin: no such downloaded file/,
    ],
  ])('with %s is refused', async (_what, content, message) => {
    await expect(loadPack(await packFile(content))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    })
  })
})

describe('the path of a file', () => {
  const [unpinned, converted] = [
    { sources: ['hf:o/r@main/a.onnx'] },
    { ...pinned, convert: { from: 'tfjs-graph-model', inputs: ['a.json', 'a.bin'] } },
  ]
  const kinds = { downloaded: { ...pinned, sources: file.sources }, unpinned, converted }
  const outside = ['../a', 'a/../../b', '/a', 'a//b', './a', 'C:a', 'a\\b', '']

  it.each(Object.entries(kinds))('stays inside the folder of its entry: %s', (_kind, rest) => {
    const of = (path: string) => packEntrySchema.safeParse({ ...entry, files: [{ path, ...rest }] })
    expect(of('onnx/a..b.onnx').success).toBe(true)
    for (const path of outside) expect(of(path).error?.message, path).toMatch(/leaves the entry's folder/)
  })

  it('does so in the plan of a run as well', () => {
    for (const path of outside) {
      const parsed = lockedEntrySchema.safeParse({ ...entry, files: [{ ...file, path }] })
      expect(parsed.error?.message, path).toMatch(/leaves the entry's folder/)
    }
  })
})

describe('a name that is not there', () => {
  it('is answered with those that are', async () => {
    await expect(loadPack('nothing')).rejects.toThrow(/no pack "nothing"; there are: .*coco-small, .*starter/)
    await expect(loadPackEntry('starter/nothing')).rejects.toThrow(/no entry "nothing"; it has: nanodet, centernet/)
    await expect(loadPackEntry('nanodet')).rejects.toThrow(/write pack\/entry \(packs: .*starter/)
  })
})
