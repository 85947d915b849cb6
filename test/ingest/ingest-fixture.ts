import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImageSet } from '../../schemas/run.js'
import { type IngestOptions, ingest, type PackedShard } from '../../src/ingest/ingest.js'
import { setName } from '../../src/ingest/set-name.js'
import { type IngestSettings, ingestSettingsSchema } from '../../src/ingest/settings.js'
import { openSource } from '../../src/ingest/sources/open-source.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { picture } from './bad-images.js'

/** Writes `count` different pictures, in two folders and four formats. */
export async function writePictures(folder: string, count: number): Promise<void> {
  const formats = ['jpeg', 'png', 'webp', 'tiff'] as const
  for (let index = 0; index < count; index++) {
    const format = formats[index % formats.length] ?? 'png'
    const path = join(folder, index % 2 === 0 ? 'even' : 'odd', `${String(index).padStart(3, '0')}.${format}`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, await picture(index).toFormat(format).toBuffer())
  }
}

export interface IngestRun {
  readonly set: ImageSet
  readonly shards: readonly PackedShard[]
}

/** Ingests what a spec names, to the end. */
export async function ingestAll(
  spec: string,
  store: ObjectStore,
  {
    settings = {},
    stores = openStore,
    ...options
  }: Partial<Omit<IngestOptions, 'settings'>> & {
    settings?: Partial<IngestSettings>
    stores?: (uri: string) => Promise<ObjectStore>
  } = {},
): Promise<IngestRun> {
  const parsed = ingestSettingsSchema.parse(settings)
  const source = await openSource(spec, { output: store.uri, openStore: stores })
  try {
    const set = options.set ?? (await setName(source, parsed))
    const packing = ingest({ ...options, source, store, set, settings: parsed })
    const shards: PackedShard[] = []
    for (let next = await packing.next(); ; next = await packing.next()) {
      if (next.done === true) return { set: next.value, shards }
      shards.push(next.value)
    }
  } finally {
    await source.close()
  }
}

/** Every object of a store by its key. */
export async function contentsOf(store: ObjectStore): Promise<Map<string, string>> {
  const contents = new Map<string, string>()
  for await (const { key } of store.list('')) contents.set(key, Buffer.from(await store.get(key)).toString('base64'))
  return contents
}
