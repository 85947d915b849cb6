import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CaptionObservation } from '../../schemas/observation.js'
import { runPlanSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { writeObservations } from '../../src/dataset/observation-file.js'
import { decideShard } from '../../src/run/decide-shard.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from '../ingest/ingest-fixture.js'

const shard = '000000'
let folder: string
let store: ObjectStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-labels-'))
  await sharp({ create: { width: 64, height: 48, channels: 3, background: 'olive' } }).toFile(join(folder, 'a.png'))
  store = await openStore(join(folder, 'out'))
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

async function pack(row: object) {
  await writeFile(join(folder, 'rows.jsonl'), JSON.stringify({ path: 'a.png', ...row }))
  const { set } = await ingestAll(join(folder, 'rows.jsonl'), store)
  return { set: set.set, label_digest: set.label_digest ?? '' }
}

/** What is decided from the source's own labels alone. */
async function decide({ set, label_digest }: { set: string; label_digest: string }) {
  const plan = runPlanSchema.parse({
    ...{ run: 'r', set, source: folder, label_digest, annotators: [], digest: 'd', created_at: '', version: '0' },
    pipeline: { name: 'p', stages: [{ name: 's', annotators: ['pack/entry'] }] },
  })
  const images = await readImageIndex(store, set, shard)
  const { signal } = new AbortController()
  return (await decideShard({ store, plan, shard, round: 0, images, signal })).annotations
}

test('boxes, captions and alternative texts of a source speak for themselves, and pass the same rules', async () => {
  const { text, region_text, rejects } = await decide(
    await pack({
      boxes: [{ label: 'dog', xyxy: [1, 2, 30, 40] }],
      captions: ['A brown dog on a lawn.'],
      alt_text: 'IMG_2034.jpg',
    }),
  )
  expect(region_text).toMatchObject([{ label: 'dog', rule: 'human_label', support: ['source'] }])
  expect(text).toMatchObject([
    { text: 'A brown dog on a lawn.', support: ['source_captions'], votes: 1, score: 1, labels: ['dog'] },
  ])
  expect(rejects).toMatchObject([{ kind: 'text', reason: 'no_content', support: ['alt_text'] }])
})

test('an alternative text that describes is a text with a family of its own', async () => {
  const { text } = await decide(await pack({ captions: ['A dog on a lawn.'], alt_text: 'the dog is on the lawn' }))
  expect(text).toMatchObject([{ support: ['alt_text', 'source_captions'], votes: 2 }])
})

test('of a set packed when all texts were the one annotator `source`, they still are', async () => {
  const packed = await pack({ boxes: [{ label: 'dog', xyxy: [1, 2, 30, 40] }] })
  const [image] = await readImageIndex(store, packed.set, shard)
  const caption: CaptionObservation = {
    ...{ kind: 'caption', granularity: 'brief', text: 'A dog on a lawn.' },
    ...{ score: 1, phrases: [] },
  }
  const key = storeLayout.observations(packed.set, 'source', packed.label_digest, shard)
  await store.delete([key])
  await writeObservations(store, key, [{ image_id: image?.image_id ?? '', observations: [caption], failure: null }])
  const { text } = await decide(packed)
  expect(text).toMatchObject([{ text: 'A dog on a lawn.', support: ['source'], score: 1 }])
})

test('labels of a wrong shape are rejects with file, row, field, what was there and what is allowed; the rest counts', async () => {
  const { region_text, text, rejects } = await decide(
    await pack({
      boxes: [
        { label: 'dog', xyxy: [1, 2, 30, 40] },
        { label: 'cat', corners: [1, 2, 3, 4] },
      ],
      captions: ['A brown dog on a lawn.'],
      alt_text: ['one', 'two'],
    }),
  )
  expect([region_text.length, text.length]).toEqual([1, 1])
  expect(rejects.map(({ kind, stage, reason, support }) => [kind, stage, reason, support])).toEqual([
    ['text', 'ingest', 'label_left_out', []],
    ['object', 'ingest', 'label_left_out', []],
  ])
  const [alt, box] = rejects.map(({ failed }) => failed)
  expect(JSON.parse(alt ?? '')).toEqual({ note: 'rows.jsonl, line 1: alt_text is ["one","two"], allowed is a text' })
  expect(box).toMatch(/rows.jsonl, line 1: boxes\[1\] is .*corners.*, allowed is .*xyxy/)
})
