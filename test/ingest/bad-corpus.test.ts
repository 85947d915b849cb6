import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RefusedImage } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { shardName } from '../../schemas/store-layout.js'
import { readImageIndex, readRefusedImages } from '../../src/dataset/image-set.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { type BadInput, writeBadCorpus } from './bad-corpus.js'

/** What the process that packs may take, in MB: Node, libvips, and three files with their pixels at a time. */
const mostMemory = 700

let folder: string
let corpus: BadInput[]
let packed: { set: ImageSet; maxRss: number }
let store: ObjectStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-bad-'))
  corpus = await writeBadCorpus(join(folder, 'heap'))
  const child = fileURLToPath(new URL('./pack-child.ts', import.meta.url))
  const args = ['--import', 'tsx', child, join(folder, 'heap'), join(folder, 'out')]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  packed = JSON.parse(stdout)
  store = await openStore(join(folder, 'out'))
}, 180_000)
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

async function refusedFiles(): Promise<RefusedImage[]> {
  const shards = Array.from({ length: packed.set.shards }, (_, index) => shardName(index))
  return (await Promise.all(shards.map((shard) => readRefusedImages(store, packed.set.set, shard)))).flat()
}

async function acceptedSources(): Promise<string[]> {
  const shards = Array.from({ length: packed.set.shards }, (_, index) => shardName(index))
  const images = await Promise.all(shards.map((shard) => readImageIndex(store, packed.set.set, shard)))
  return images.flat().map(({ source }) => source)
}

test('more than two hundred bad inputs: each ends as an image or with a reason, and none is lost', async () => {
  expect(corpus.length).toBeGreaterThan(200)
  const refused = await refusedFiles()
  const accepted = await acceptedSources()
  const seen = [...accepted, ...refused.map(({ source }) => source)]
  expect(new Set(seen).size).toBe(seen.length)
  const { set } = packed
  const refusals = Object.values(set.refused).reduce((sum, count) => sum + count, 0)
  expect([set.images, refusals]).toEqual([accepted.length, refused.length])
  // Beside the corpus there is a link that leads nowhere. Hidden files, devices and circles are no files of a folder.
  const files = corpus.filter(({ name }) => !name.startsWith('.')).length + 1
  expect(set.images + refusals + set.ignored_files).toBe(files)
  expect(refused.find(({ source }) => source.endsWith('dangling.png'))?.reason).toBe('source_missing')
  for (const { reason, detail } of refused) expect([reason, detail]).not.toContain('')
})

test('what is cut, claimed, disguised or active is refused; good pictures under hostile names are not', async () => {
  const refused = new Map((await refusedFiles()).map(({ source, reason }) => [source, reason]))
  const accepted = new Set(await acceptedSources())
  const reasonOf = (name: string) => refused.get(join(folder, 'heap', name))
  for (const { name } of corpus.filter((input) =>
    /^(bomb|claims-(?!gif)|frames|float|active|page|document|script|magick)/.test(input.name),
  )) {
    expect([name, accepted.has(join(folder, 'heap', name))]).toEqual([name, false])
  }
  expect(reasonOf('active.svg')).toBe('unsupported_format')
  expect(reasonOf('active-in-disguise.png')).toMatch(/unsupported_format|not_an_image/)
  expect(reasonOf('bomb-50000.png')).toBe('too_many_pixels')
  expect(reasonOf('frames-20000.gif')).toBe('animated')
  expect(reasonOf('nothing.png')).toBe('zero_bytes')
  for (const { name } of corpus.filter((input) => /^(line|tab|quote|-rf|CON|__proto__|back|\$)/.test(input.name))) {
    expect([name, accepted.has(join(folder, 'heap', name))]).toEqual([name, true])
  }
})

test('keys of the store hold nothing of the names', async () => {
  for await (const { key } of store.list(''))
    expect(key).toMatch(/^images\/[a-z0-9-]+\/(set|\d{6}(\.(refused|intake))?)\.(json|tar|parquet)$/)
})

test('memory stays bounded, whatever the inputs claim to be', () => {
  expect(packed.maxRss).toBeLessThan(mostMemory)
})
