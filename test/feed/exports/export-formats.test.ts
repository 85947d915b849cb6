import { join } from 'node:path'
import { Readable } from 'node:stream'
import { DuckDBInstance } from '@duckdb/node-api'
import sharp from 'sharp'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportFormatNames } from '../../../schemas/feed.js'
import { decompressRuns } from '../../../schemas/mask-rle.js'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import { openStore } from '../../../src/storage/open-store.js'
import { boxes, caption, detailed, type ExportedRun, exportRun, maskSide, openExportedRun } from './exported-run.js'

let exported: ExportedRun
const targets = new Map<string, ObjectStore>()

beforeAll(async () => {
  exported = await openExportedRun()
  for (const format of exportFormatNames) {
    const target = await openStore(join(exported.folder, format))
    targets.set(format, target)
    await exportRun(exported, target, { format })
  }
}, 60_000)
afterAll(async () => {
  for (const target of targets.values()) await target.close()
  await exported.remove()
})

/** The keys of an export, but for its own records and the card. */
async function filesOf(target: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of target.list('')) if (!key.startsWith('_fld/') && key !== 'README.md') keys.push(key)
  return keys.sort()
}

function of(format: string) {
  const target = targets.get(format)
  if (target === undefined) throw new RangeError(format)
  const read = (key: string) => target.get(key)
  const json = async (key: string) => JSON.parse(Buffer.from(await read(key)).toString())
  const lines = async (key: string) =>
    Buffer.from(await read(key))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { target, read, json, lines }
}

/** The upright and the turned JPEG, and the PNG that is held out, by their ids. */
function ids() {
  const [upright, turned, png] = exported.images.map(({ image_id }) => image_id)
  return { upright, turned, png }
}

describe('florence2-jsonl', () => {
  test('has the three keys of fine-tuning tools beside the images, in the folders that maestro looks for', async () => {
    const { target, lines } = of('florence2-jsonl')
    const { upright, turned, png } = ids()
    const images = [`train/${upright}.jpg`, `train/${turned}.jpg`, `valid/${png}.png`]
    expect(await filesOf(target)).toEqual([...images, 'train/annotations.jsonl', 'valid/annotations.jsonl'].sort())
    const train = await lines('train/annotations.jsonl')
    expect(train.filter(({ task }) => task === 'OD')).toEqual([
      ...[upright, turned].map((id) => ({
        image: `${id}.jpg`,
        prefix: 'Locate the objects with category name in the image.',
        suffix: expect.stringMatching(/^cat(?:<loc_\d+>){4}(?:dog(?:<loc_\d+>){4})?$/),
        ...{ task: 'OD', sample_id: `${id}/OD`, weight: 1 },
      })),
    ])
  })

  test('has images that are upright whatever their EXIF says: boxes are of those', async () => {
    const { turned } = ids()
    const { width, height, orientation } = await sharp(
      await of('florence2-jsonl').read(`train/${turned}.jpg`),
    ).metadata()
    expect(exported.images[1]).toMatchObject({ width, height })
    expect(orientation ?? 1).toBe(1)
  })
})

test('webdataset: an image and a JSON of its samples follow each other under one key', async () => {
  const { target, read } = of('webdataset')
  expect(await filesOf(target)).toEqual(['train-000000.tar', 'validation-000001.tar'])
  const found: [string, Buffer][] = []
  for await (const entry of Readable.from([Buffer.from(await read('train-000000.tar'))]).pipe(extract())) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array))
    found.push([entry.header.name, Buffer.concat(chunks)])
  }
  const { upright, turned } = ids()
  expect(found.map(([name]) => name)).toEqual(
    [upright, turned].flatMap((id) => ['jpg', 'json', 'txt'].map((extension) => `${id}.${extension}`)),
  )
  expect(String(found[2]?.[1])).toBe(caption)
  expect(JSON.parse(String(found[1]?.[1]))).toMatchObject({
    ...{ image_id: upright, width: 96, height: 64, split: 'train', source: expect.stringMatching(/a\.jpg$/) },
    samples: expect.arrayContaining([
      {
        sample_id: `${upright}/CAPTION/brief0`,
        task: 'CAPTION',
        prompt: expect.any(String),
        target: caption,
        weight: 1,
      },
    ]),
  })
})

test('hf: one row for each image, read by DuckDB', async () => {
  const { target } = of('hf')
  expect(await filesOf(target)).toEqual(['data/train-000000.parquet', 'data/validation-000001.parquet'])
  const rows = await duckdb(join(exported.folder, 'hf', 'data', 'train-*.parquet'))
  const { upright, turned } = ids()
  expect(rows.map(({ image_id }) => image_id)).toEqual([upright, turned])
  const [first] = rows
  expect(first).toMatchObject({ width: 96, height: 64, image: { path: `${upright}.jpg` } })
  const { tasks, sample_ids, prompts, targets: answers, weights } = first as Record<string, unknown[]>
  expect(tasks).toContain('OD')
  expect([prompts, answers, sample_ids, weights].map((each) => each?.length)).toEqual(Array(4).fill(tasks?.length))
  expect(new Set(weights)).toEqual(new Set([1]))
})

test('coco: boxes as corner and size, masks as run lengths, crowds, captions, each split its own file', async () => {
  const { target, json } = of('coco')
  const { upright, turned, png } = ids()
  const annotations = ['captions', 'captions_detailed', 'instances'].flatMap((kind) =>
    ['train', 'validation'].map((split) => `annotations/${kind}_${split}.json`),
  )
  const images = [`train/${upright}.jpg`, `train/${turned}.jpg`, `validation/${png}.png`]
  expect(await filesOf(target)).toEqual([...annotations, ...images].sort())
  const train = await json('annotations/instances_train.json')
  expect(train.categories.map(({ id, name }: { id: number; name: string }) => [id, name])).toEqual([
    [1, 'cat'],
    [2, 'dog'],
  ])
  expect(train.images).toMatchObject([
    { id: 1, file_name: `${upright}.jpg`, width: 96, height: 64 },
    { id: 2, file_name: `${turned}.jpg` },
  ])
  const [x1, y1, x2, y2] = boxes.cat
  const [cat, dogs, , ...others] = train.annotations
  expect(others).toHaveLength(2)
  expect(cat).toMatchObject({ id: 1, image_id: 1, category_id: 1, bbox: [x1, y1, x2 - x1, y2 - y1], iscrowd: 0 })
  expect(cat).toMatchObject({ area: maskSide * maskSide, segmentation: { size: [64, 96] } })
  expect(decompressRuns(cat.segmentation.counts).reduce((sum, run) => sum + run)).toBe(96 * 64)
  expect(dogs).toMatchObject({ category_id: 2, iscrowd: 1, area: 96 * 64 })
  expect(dogs).not.toHaveProperty('segmentation')
  expect((await json('annotations/captions_validation.json')).annotations).toEqual([
    { id: 1, image_id: 1, caption, granularity: 'brief', text_id: `${png}/brief0` },
  ])
  expect((await json('annotations/captions_detailed_validation.json')).annotations).toEqual([
    { id: 1, image_id: 1, caption: detailed, granularity: 'detailed', text_id: `${png}/detailed0` },
  ])
})

test('odvg: a file for each kind of line, a box to each region, places of phrases as Python counts them', async () => {
  const { target, json, lines } = of('odvg')
  expect((await filesOf(target)).filter((key) => /json/.test(key))).toEqual([
    'label_map.json',
    ...['train', 'validation'].flatMap((split) => [`${split}/detection.odvg.jsonl`, `${split}/grounding.odvg.jsonl`]),
  ])
  const labels = await json('label_map.json')
  expect(labels).toEqual({ 0: 'cat', 1: 'dog' })
  const detections = await lines('train/detection.odvg.jsonl')
  // Boxes around many are none of a detector's; where dogs stand in a group alone, a line without any would deny them.
  expect(detections).toEqual([
    {
      ...{ filename: `${ids().upright}.jpg`, height: 64, width: 96 },
      detection: {
        instances: [
          { bbox: boxes.cat, label: 0, category: 'cat' },
          { bbox: boxes.dog, label: 1, category: 'dog' },
        ],
      },
    },
  ])
  const [{ grounding }] = await lines('train/grounding.odvg.jsonl')
  const told = grounding.regions.map(({ phrase, bbox, tokens_positive: [[start, end]] }: GroundedRegion) => [
    ...[phrase, bbox.length, [...grounding.caption].slice(start, end).join('')],
  ])
  expect(told).toEqual([
    ['A cat', 4, 'A cat'],
    ['dogs', 4, 'dogs'],
    ['dogs', 4, 'dogs'],
  ])
})

interface GroundedRegion {
  readonly phrase: string
  readonly bbox: readonly number[]
  readonly tokens_positive: readonly [readonly [number, number]]
}

test('litdata-index: chunks whose places and lengths hold the fields of each item', async () => {
  const { target, json, read } = of('litdata-index')
  expect(await filesOf(target)).toEqual([
    'train/chunk-0-0.bin',
    'train/index.json',
    'validation/chunk-0-1.bin',
    'validation/index.json',
  ])
  const { config, chunks } = await json('train/index.json')
  const body = Buffer.from(await read(`train/${chunks[0].filename}`))
  const number = (at: number) => body.readUInt32LE(at)
  const places = [4, 8, 12].map(number)
  expect([number(0), places[0], places[2]]).toEqual([2, 16, body.byteLength])
  expect(chunks).toEqual([{ chunk_bytes: body.byteLength - 16, chunk_size: 2, dim: null, filename: 'chunk-0-0.bin' }])
  const fields = JSON.parse(JSON.parse(config.data_spec)[1].context)
  let at = (places[0] ?? 0) + 4 * fields.length
  const item = new Map<string, Buffer>()
  for (const [index, field] of fields.entries()) {
    const length = number((places[0] ?? 0) + 4 * index)
    item.set(field, body.subarray(at, at + length))
    at += length
  }
  expect(at).toBe(places[1])
  expect(String(item.get('image_id'))).toBe(ids().upright)
  expect(item.get('image')).toEqual(Buffer.from(await of('coco').read(`train/${ids().upright}.jpg`)))
  expect(JSON.parse(String(item.get('samples')))).toContainEqual(expect.objectContaining({ target: caption }))
})

async function duckdb(pattern: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`select * from read_parquet('${pattern}')`)
    return reader.getRowObjectsJS()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
