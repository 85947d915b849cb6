import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import { type SourceAnnotator, sourceAnnotators } from '../../schemas/source-annotators.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { decideShard } from '../../src/run/decide-shard.js'
import { planReplay } from '../../src/run/replay-run.js'
import { replayShard } from '../../src/run/replay-shard.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from '../ingest/ingest-fixture.js'

const { signal } = new AbortController()
const shards = ['000000', '000001']
let folder: string
let store: ObjectStore
let of: RunPlan

/** A run without models over two shards of one image each: only the first has texts. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-replay-labels-'))
  store = await openStore(join(folder, 'out'))
  for (const [name, background] of Object.entries({ a: 'olive', b: 'navy' })) {
    await sharp({ create: { width: 64, height: 48, channels: 3, background } }).toFile(join(folder, `${name}.png`))
  }
  const boxes = [{ label: 'dog', xyxy: [1, 2, 30, 40] }]
  const rows = [
    { path: 'a.png', boxes, captions: ['A brown dog on a lawn.'], alt_text: 'the dog is on the lawn' },
    { path: 'b.png', boxes },
  ]
  await writeFile(join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  const { set } = await ingestAll(join(folder, 'rows.jsonl'), store, { settings: { shard_size: 1 } })
  of = runPlanSchema.parse({
    ...{ run: 'r', set: set.set, source: folder, label_digest: set.label_digest, annotators: [] },
    ...{ digest: 'd', created_at: '', version: '0' },
    pipeline: { name: 'p', stages: [{ name: 's', annotators: ['pack/entry'] }] },
  })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

function keyOf(annotator: SourceAnnotator['annotator'], shard: string): string {
  return storeLayout.observations(of.set, annotator, of.label_digest ?? '', shard)
}

async function commitAll(): Promise<void> {
  for (const shard of shards) {
    const images = await readImageIndex(store, of.set, shard)
    const decided = await decideShard({ store, plan: of, shard, round: 0, images, signal })
    const place = { run: of.run, round: 0, shard, attempt: 'a', images: images.length, absent: {} }
    await commitShard(store, { ...place, ...decided })
  }
}

async function replay(shard: string) {
  const plan = planReplay({ of, round: 0, consensus: of.pipeline.consensus, version: 'test' })
  const { files } = await replayShard({ store, plan, round: 0, shard, signal })
  return files.map(({ table, rows }) => [table, rows])
}

test.each(sourceAnnotators)(
  'where the file of $annotator is gone, its shard is not replayed',
  async ({ annotator }) => {
    await commitAll()
    await store.delete([keyOf(annotator, '000000')])
    const gone = new RegExp(`^annotator ${annotator}: .* shard 000000 is no longer in`)
    await expect(replay('000000')).rejects.toMatchObject({
      code: 'store_missing',
      message: expect.stringMatching(gone),
    })
    await expect(replay('000001')).resolves.toEqual([['region_text', 1]])
  },
)

test('a set packed when all texts were of `source` is replayed as it is', async () => {
  const others = sourceAnnotators.filter(({ annotator }) => annotator !== 'source')
  await store.delete(others.flatMap(({ annotator }) => shards.map((shard) => keyOf(annotator, shard))))
  await commitAll()
  await expect(replay('000000')).resolves.toEqual([['region_text', 1]])
})
