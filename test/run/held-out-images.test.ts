import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ShardAnnotations } from '../../schemas/annotation.js'
import { heldOutSplits, splitOf } from '../../schemas/image.js'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { closeRound } from '../../src/dataset/manifest.js'
import { readCocoTruth } from '../../src/run/coco-truth.js'
import { type HeldOut, heldOutImages } from '../../src/run/held-out-images.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from '../ingest/ingest-fixture.js'
import { regionRow, textRow, tripletRow } from '../rounds/merge-fixture.js'
import { refusedWith } from '../storage/store-expectations.js'

const shard = '000000'
const { signal } = new AbortController()
let folder: string
let store: ObjectStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-held-'))
  store = await openStore(join(folder, 'out'))
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A picture whose hash puts it where it is wanted: what stands behind its end makes it another. */
async function writePicture(name: string, { held }: { held: boolean }): Promise<void> {
  const tone = createHash('sha256').update(name).digest()
  const background = { r: tone[0] ?? 0, g: tone[1] ?? 0, b: tone[2] ?? 0 }
  let bytes = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer()
  const isHeld = () => splitOf(createHash('sha256').update(bytes).digest('hex')) !== 'train'
  while (isHeld() !== held) bytes = Buffer.concat([bytes, Buffer.of(0)])
  await writeFile(join(folder, name), bytes)
}

/** A closed round of pictures with the labels of their rows: all but the last are held out. */
async function closedRound(rows: readonly object[], annotate: (ids: Ids) => Partial<ShardAnnotations> = () => ({})) {
  for (const [index] of rows.entries()) await writePicture(`${index}.png`, { held: index < rows.length - 1 })
  const lines = rows.map((row, index) => JSON.stringify({ path: `${index}.png`, ...row }))
  await writeFile(join(folder, 'rows.jsonl'), lines.join('\n'))
  const { set } = await ingestAll(join(folder, 'rows.jsonl'), store)
  const images = await readImageIndex(store, set.set, shard)
  const idOf: Ids = (index) => images.find(({ source }) => source.endsWith(`${index}.png`))?.image_id ?? ''
  const plan: RunPlan = runPlanSchema.parse({
    ...{ run: 'r', set: set.set, source: folder, label_digest: set.label_digest ?? null, annotators: [] },
    ...{ digest: 'd', created_at: '', version: '0' },
    pipeline: { name: 'p', stages: [{ name: 's', annotators: ['pack/entry'] }] },
  })
  const annotations = { text: [], region_text: [], phrase_region: [], rejects: [], ...annotate(idOf) }
  const attempt = { run: 'r', round: 0, shard, attempt: 'a', annotations, images: rows.length, refused: 0, absent: {} }
  await commitShard(store, attempt)
  const manifest = await closeRound(store, { run: 'r', round: 0, set: set.set, plan: 'd', shards: 1 })
  const held: HeldOut = { plan, manifest, splits: heldOutSplits, limit: 100, truth: null }
  return { held, idOf }
}

type Ids = (index: number) => string

async function found(held: HeldOut, idOf: Ids) {
  const { images, basis } = await heldOutImages(store, held, { signal })
  const truths = new Map(images.map(({ truth }) => [truth.image_id, truth]))
  return { basis, count: images.length, truthOf: (index: number) => truths.get(idOf(index)) }
}

const dog = { label: 'dog', xyxy: [1, 2, 30, 40] }

test('labels are the truth of those images that have them, and nobody knows anything of the others', async () => {
  const { held, idOf } = await closedRound(
    [{ boxes: [dog] }, { boxes: [] }, { captions: ['A dog on a lawn.'], alt_text: 'IMG_1.jpg' }, {}, { boxes: [dog] }],
    (id) => ({ region_text: [regionRow('cat', [0, 0, 9, 9], { image_id: id(3), shard })] }),
  )
  const { basis, count, truthOf } = await found(held, idOf)
  expect(basis).toEqual({ objects: 'labels', captions: 'labels' })
  expect(count).toBe(4)
  expect(truthOf(0)).toMatchObject({ boxes: [{ label: 'dog', box: [1, 2, 30, 40] }], captions: [] })
  expect(truthOf(1)?.boxes).toEqual([])
  expect(truthOf(2)).toMatchObject({ boxes: null, captions: ['A dog on a lawn.'] })
  expect(truthOf(3)).toMatchObject({ boxes: null, captions: [] })
})

test('where there are no labels, what the run agreed on is, without what only a checkpoint says', async () => {
  const { held, idOf } = await closedRound([{}, {}, {}], (id) => {
    const at = { image_id: id(0), shard }
    const text = textRow('A cat.', { ...at, text_id: 'kept' })
    const filled = textRow('A mat.', { ...at, text_id: 'filled', rule: 'round_fills' })
    const long = textRow('A cat sits.', { ...at, text_id: 'long', granularity: 'detailed' })
    const cat = regionRow('cat', [0, 0, 9, 9], at)
    const mat = regionRow('mat', [0, 9, 9, 18], { ...at, rule: 'round_borne_out' })
    return {
      text: [text, filled, long],
      region_text: [cat, mat],
      phrase_region: [tripletRow(text, 'A cat', cat, at), tripletRow(filled, 'A mat', mat, { ...at, rule: mat.rule })],
    }
  })
  const { basis, truthOf } = await found(held, idOf)
  expect(basis).toEqual({ objects: 'agreement', captions: 'agreement' })
  expect(truthOf(0)).toMatchObject({
    boxes: [{ label: 'cat', box: [0, 0, 9, 9], is_group: false }],
    captions: ['A cat.'],
    phrases: [{ text: 'A cat.', start: 0, end: 5, box: [0, 0, 9, 9] }],
  })
  expect(truthOf(1)).toMatchObject({ boxes: null, captions: [], phrases: [] })
})

test('boxes of a COCO file stand in the place of the labels, for the images that it knows', async () => {
  const { held, idOf } = await closedRound([{ boxes: [dog], captions: ['A dog.'] }, {}, {}, {}])
  const path = join(folder, 'instances.json')
  const coco = async (names: string[]) => {
    const images = names.map((file_name, id) => ({ id, file_name }))
    const annotations = [{ image_id: 1, category_id: 7, bbox: [10, 10, 5, 6] }]
    await writeFile(path, JSON.stringify({ images, categories: [{ id: 7, name: 'cat' }], annotations }))
    return { ...held, truth: { path, coco: await readCocoTruth(path) } }
  }
  const { basis, truthOf } = await found(await coco(['1.png', '2.png']), idOf)
  expect(basis).toEqual({ objects: 'labels', captions: 'labels' })
  expect(truthOf(0)).toMatchObject({ boxes: null, captions: ['A dog.'] })
  expect(truthOf(1)).toMatchObject({ boxes: [] })
  expect(truthOf(2)).toMatchObject({ boxes: [{ label: 'cat', box: [10, 10, 15, 16] }] })
  const nobody = await coco(['elsewhere.png'])
  const { message } = await refusedWith('source_invalid', heldOutImages(store, nobody, { signal }))
  expect(message).toMatch(/instances.json knows none of the 3 images of the splits validation, test of run "r"/)
})

test('no more images than asked for, and none that are trained on', async () => {
  const { held, idOf } = await closedRound([{}, {}, {}])
  expect(await found({ ...held, limit: 1 }, idOf)).toMatchObject({ count: 1 })
  const { message } = await refusedWith('source_invalid', heldOutImages(store, { ...held, splits: [] }, { signal }))
  expect(message).toMatch(/about 2 in 100 images are held out, by their hash/)
})
