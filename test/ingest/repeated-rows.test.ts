import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex, readRefusedImages } from '../../src/dataset/image-set.js'
import { readObservations } from '../../src/dataset/observation-file.js'
import { ingest } from '../../src/ingest/ingest.js'
import { labelDigest, setName } from '../../src/ingest/set-name.js'
import { ingestSettingsSchema } from '../../src/ingest/settings.js'
import { openSource } from '../../src/ingest/sources/open-source.js'
import { openStore } from '../../src/storage/open-store.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-rows-'))
  for (const [name, background] of [
    ['a.png', 'red'],
    ['b.png', 'blue'],
  ] as const) {
    await sharp({ create: { width: 40, height: 30, channels: 3, background } }).toFile(join(folder, name))
  }
})
afterEach(() => rm(folder, { recursive: true }))

/** Packs a manifest with these rows; gives what the source says of each image and the details of its refusals. */
async function pack(rows: readonly object[], shard_size: number) {
  const manifest = join(folder, 'rows.jsonl')
  await writeFile(manifest, rows.map((row) => JSON.stringify(row)).join('\n'))
  const out = join(folder, 'out')
  const store = await openStore(out)
  const source = await openSource(manifest, { output: out, openStore })
  const settings = ingestSettingsSchema.parse({ shard_size })
  const set = await setName(source, settings)
  const said: string[][] = []
  const details: string[] = []
  for await (const { shard } of ingest({ source, store, set, settings })) {
    const images = await readImageIndex(store, set, shard)
    const words = new Map(images.map(({ image_id }) => [image_id, [] as string[]]))
    for (const annotator of ['source', 'source_captions']) {
      const key = storeLayout.observations(set, annotator, labelDigest(source, set) ?? '', shard)
      if ((await store.head(key)) === null) continue
      for (const { image_id, observations } of await readObservations(store, key)) {
        const spoken = observations.map((seen) =>
          'label' in seen ? seen.label : 'text' in seen ? (seen.text ?? '') : seen.kind,
        )
        words.get(image_id)?.push(...spoken)
      }
    }
    said.push(...words.values())
    details.push(...(await readRefusedImages(store, set, shard)).map(({ detail }) => detail))
  }
  await source.close()
  await store.close()
  return { said, details }
}

test('rows that repeat an image bring their labels together, each once', async () => {
  const box = { label: 'cat', xyxy: [1, 1, 20, 20] }
  const { said, details } = await pack(
    [
      { path: 'a.png', captions: ['one'] },
      { path: 'a.png', captions: ['two', 'one'], boxes: [box] },
      { path: 'a.png', boxes: [box] },
    ],
    4,
  )
  expect(said).toEqual([['cat', 'one', 'two']])
  expect(details).toEqual(Array(2).fill(expect.stringContaining('its labels joined those of that image')))
})

test('where the image is in an earlier shard, the refusal says that its labels are left out', async () => {
  const { said, details } = await pack(
    [
      { path: 'a.png', captions: ['one'] },
      { path: 'b.png', captions: ['other'] },
      { path: 'a.png', captions: ['late'] },
    ],
    1,
  )
  expect(said).toEqual([['one'], ['other']])
  expect(details).toEqual([expect.stringContaining('its labels are left out: that image is in an earlier shard')])
})
