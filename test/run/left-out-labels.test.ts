import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runPlanSchema } from '../../schemas/run.js'
import { summaryText } from '../../src/cli/summary-text.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { decideShard } from '../../src/run/decide-shard.js'
import { beginRun } from '../../src/run/run-ledger.js'
import { summariseRun } from '../../src/run/run-summary.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from '../ingest/ingest-fixture.js'

const shards = ['000000', '000001']
let folder: string
let store: ObjectStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-left-out-'))
  store = await openStore(join(folder, 'out'))
  for (const [name, background] of Object.entries({ a: 'olive', b: 'navy' })) {
    await sharp({ create: { width: 64, height: 48, channels: 3, background } }).toFile(join(folder, `${name}.png`))
  }
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A run without models over a manifest, one image a shard. */
async function commitRun(rows: readonly object[]) {
  await writeFile(join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  const { set } = await ingestAll(join(folder, 'rows.jsonl'), store, { settings: { shard_size: 1 } })
  const plan = runPlanSchema.parse({
    ...{ run: 'r', set: set.set, source: folder, label_digest: set.label_digest, annotators: [] },
    ...{ digest: 'd', created_at: '', version: '0' },
    pipeline: { name: 'p', stages: [{ name: 's', annotators: ['pack/entry'] }] },
  })
  await beginRun(store, plan)
  const { signal } = new AbortController()
  for (const shard of shards) {
    const images = await readImageIndex(store, set.set, shard)
    const decided = await decideShard({ store, plan, shard, round: 0, images, signal })
    const place = { run: 'r', round: 0, shard, attempt: 'a', images: images.length, absent: {} }
    await commitShard(store, { ...place, ...decided })
  }
  return summariseRun(store, { run: 'r', round: 0 })
}

test('a summary counts labels of a wrong shape and shows one; no image is quarantined for them', async () => {
  const boxes = [{ label: 'dog', xyxy: [1, 2, 30, 40] }]
  const summary = await commitRun([
    { path: 'a.png', boxes },
    { path: 'b.png', boxes, alt_text: ['a dog'], captions: [7] },
  ])
  expect(summary).toMatchObject({ images: 2, refused: 0, quarantined: 0, rejects: { label_left_out: 2 } })
  const example = 'rows.jsonl, line 2: captions[0] is 7, allowed is a text, or a list of texts'
  expect(summary.labels_left_out).toEqual({ notes: 2, example })
  const text = summaryText(summary, { out: 'out', seconds: null })
  expect(text).toContain(`labels of the source left out: 2, as ${example}`)
})

test('a summary of a source whose labels are all right says nothing of them', async () => {
  const summary = await commitRun([{ path: 'a.png', alt_text: 'a dog on a lawn' }, { path: 'b.png' }])
  expect(summary.labels_left_out).toEqual({ notes: 0, example: null })
  expect(summaryText(summary, { out: 'out', seconds: null })).not.toContain('labels')
})
