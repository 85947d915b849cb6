import { createHash } from 'node:crypto'
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { extract } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { splitOf } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex, readImageSet, readRefusedImages } from '../../src/dataset/image-set.js'
import { readObservations } from '../../src/dataset/observation-file.js'
import type { IngestProgress } from '../../src/ingest/ingest.js'
import { ingest } from '../../src/ingest/ingest.js'
import { setName } from '../../src/ingest/set-name.js'
import { ingestSettingsSchema } from '../../src/ingest/settings.js'
import { openSource } from '../../src/ingest/sources/open-source.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { picture } from './bad-images.js'
import { contentsOf, ingestAll, writePictures } from './ingest-fixture.js'

let root: string
let photos: string
let store: ObjectStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fld-test-'))
  photos = join(root, 'My Photos')
  await mkdir(photos)
  store = await openStore(join(root, 'out'))
})
afterEach(async () => {
  await store.close()
  await rm(root, { recursive: true })
})

/** What one of a source's annotators says in the first shard of a set, by image. */
async function saidOf(annotator: string, { set, label_digest }: ImageSet) {
  const key = storeLayout.observations(set, annotator, label_digest ?? '', '000000')
  return new Map((await readObservations(store, key)).map((each) => [each.image_id, each.observations]))
}

describe('ingest', () => {
  it('packs shards in the order of the source, with offsets into tars that any reader opens', async () => {
    await writePictures(photos, 10)
    const { set, shards } = await ingestAll(photos, store, { settings: { shard_size: 4 } })
    expect(shards.map(({ shard, images, resumed }) => [shard, images, resumed])).toEqual([
      ['000000', 4, false],
      ['000001', 4, false],
      ['000002', 2, false],
    ])
    expect(set).toMatchObject({ shards: 3, images: 10, shard_size: 4, source: photos, label_digest: null, refused: {} })
    expect(set.set).toMatch(/^my-photos-[0-9a-f]{8}$/)
    expect(await readImageSet(store, set.set)).toEqual(set)
    const sources: string[] = []
    let bytes = 0
    for (const { shard } of shards) {
      const tar = await store.get(storeLayout.imageTar(set.set, shard))
      const members = extract()
      members.end(Buffer.from(tar))
      const names: string[] = []
      for await (const member of members) {
        names.push(member.header.name)
        expect(member.header).toMatchObject({ mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 })
        member.resume()
      }
      const images = await readImageIndex(store, set.set, shard)
      const extension = { jpeg: 'jpg', png: 'png', webp: 'webp', tiff: 'tif', avif: 'avif', gif: 'gif' }
      expect(names).toEqual(images.map((image) => `${image.image_id}.${extension[image.format]}`))
      for (const image of images) {
        const encoded = tar.subarray(image.tar_offset, image.tar_offset + image.bytes)
        expect(createHash('sha256').update(encoded).digest('hex')).toBe(image.sha256)
        expect(image).toMatchObject({
          shard,
          width: 96,
          height: 64,
          split: splitOf(image.sha256),
          near_duplicate_of: null,
        })
        sources.push(image.source)
        bytes += image.bytes
      }
    }
    expect(set.bytes).toBe(bytes)
    const names = (await readdir(photos, { recursive: true })).filter((name) => name.includes('.'))
    expect(sources).toEqual(names.sort().map((name) => join(photos, name)))
  })

  it('gives the same bytes for the same source, whatever the concurrency', async () => {
    await writePictures(photos, 9)
    await writeFile(join(photos, 'bad.jpg'), 'no')
    const settings = { shard_size: 4 }
    await ingestAll(photos, store, { settings, concurrency: 1 })
    const again = await openStore(join(root, 'again'))
    await ingestAll(photos, again, { settings, concurrency: 7 })
    expect(await contentsOf(again)).toEqual(await contentsOf(store))
    expect((await contentsOf(store)).size).toBe(3 * 4 + 1)
  })

  it('records why each file is not in, drops exact duplicates and marks near ones', async () => {
    const original = await picture(1).png().toBuffer()
    const files: Record<string, Uint8Array | string> = {
      'a.png': original,
      'b-copy.png': original,
      'c-near.jpg': await sharp(original).jpeg({ quality: 90 }).toBuffer(),
      'd-cut.png': original.subarray(0, 2000),
      'e-empty.jpg': '',
      'f-text.jpg': 'text',
      'g-tiny.png': await picture(2, 4, 4).png().toBuffer(),
      'h.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'i-really-a-png.txt': await picture(3).png().toBuffer(),
      'readme.txt': 'ignored',
      'data.bin': new Uint8Array(5000),
      'empty.txt': '',
      'z-large.png': await picture(4, 300, 300).png({ compressionLevel: 0 }).toBuffer(),
    }
    for (const [name, body] of Object.entries(files)) await writeFile(join(photos, name), body)
    const progress: IngestProgress[] = []
    const settings = { max_bytes: 100_000 }
    const { set } = await ingestAll(photos, store, { settings, onProgress: (each) => progress.push(each) })
    const refused = await readRefusedImages(store, set.set, '000000')
    expect(refused.map(({ source, reason }) => [source.slice(photos.length + 1), reason])).toEqual([
      ['b-copy.png', 'exact_duplicate'],
      ['d-cut.png', 'truncated'],
      ['e-empty.jpg', 'zero_bytes'],
      ['f-text.jpg', 'not_an_image'],
      ['g-tiny.png', 'too_small'],
      ['h.svg', 'unsupported_format'],
      ['z-large.png', 'too_many_bytes'],
    ])
    const images = await readImageIndex(store, set.set, '000000')
    const [first, near, hidden] = images
    expect(refused[0]?.detail).toBe(`the same bytes as ${join(photos, 'a.png')} (image ${first?.image_id})`)
    expect(near).toMatchObject({ near_duplicate_of: first?.image_id, source: join(photos, 'c-near.jpg') })
    expect(hidden?.notes).toEqual(['wrong_extension: i-really-a-png.txt is png'])
    expect(set).toMatchObject({
      images: 3,
      near_duplicates: 1,
      ignored_files: 3,
      refused: { truncated: 1, zero_bytes: 1 },
    })
    expect(progress.at(-1)).toEqual({ shard: '000000', seen: 13, accepted: 3, refused: 7, ignored: 3 })
  })

  it('makes a valid set of nothing, of refusals only, and of ignored files only', async () => {
    expect((await ingestAll(photos, store)).set).toMatchObject({ shards: 0, images: 0, refused: {} })
    await writeFile(join(photos, 'notes.txt'), 'x')
    expect((await ingestAll(photos, store)).set).toMatchObject({ shards: 0, images: 0, ignored_files: 1 })
    await writeFile(join(photos, 'a.jpg'), 'x')
    const { set, shards } = await ingestAll(photos, store)
    expect(set).toMatchObject({ shards: 1, images: 0, refused: { not_an_image: 1 }, ignored_files: 1 })
    expect(shards).toMatchObject([{ shard: '000000', images: 0 }])
    expect(await readImageIndex(store, set.set, '000000')).toEqual([])
  })

  it('keeps refusals after the last image in a shard of their own', async () => {
    await writePictures(photos, 2)
    await writeFile(join(photos, 'z.jpg'), 'x')
    const { set, shards } = await ingestAll(photos, store, { settings: { shard_size: 2 } })
    expect(shards.map(({ images, refused }) => [images, refused])).toEqual([
      [2, {}],
      [0, { not_an_image: 1 }],
    ])
    expect(set.shards).toBe(2)
  })

  it('only reads a set that is complete', async () => {
    await writePictures(photos, 5)
    const settings = { shard_size: 2 }
    const first = await ingestAll(photos, store, { settings })
    const before = await contentsOf(store)
    const second = await ingestAll(photos, store, { settings })
    expect(second.set).toEqual(first.set)
    expect(second.shards).toEqual(first.shards.map((shard) => ({ ...shard, resumed: true })))
    expect(await contentsOf(store)).toEqual(before)
    const other = ingestAll(photos, store, { settings: { shard_size: 3 }, set: first.set.set })
    await expect(other).rejects.toMatchObject({ code: 'run_conflict' })
  })

  it('names another set when the source or a setting changes', async () => {
    await writePictures(photos, 2)
    const nameOf = async (settings: object) => {
      const source = await openSource(photos, { output: store.uri, openStore })
      const name = await setName(source, ingestSettingsSchema.parse(settings))
      await source.close()
      return name
    }
    const name = await nameOf({})
    expect(await nameOf({ shard_size: 256 })).toBe(name)
    expect(await nameOf({ shard_size: 255 })).not.toBe(name)
    expect(await nameOf({ near_distance: 0 })).not.toBe(name)
    await copyFile(join(photos, 'even/000.jpeg'), join(photos, 'more.jpeg'))
    expect(await nameOf({})).not.toBe(name)
  })

  it('leaves neither a tar nor files of its own behind when it is stopped in the middle of a shard', async () => {
    await writePictures(photos, 8)
    const work_folder = join(root, 'work')
    await mkdir(work_folder)
    const stop = new AbortController()
    const onProgress = ({ accepted }: IngestProgress): void => {
      if (accepted === 6) stop.abort()
    }
    const stopped = ingestAll(photos, store, {
      settings: { shard_size: 4 },
      work_folder,
      onProgress,
      signal: stop.signal,
    })
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
    const keys = [...(await contentsOf(store)).keys()]
    expect(keys.map((key) => key.replace(/^images\/[^/]+\//, ''))).toEqual([
      '000000.intake.json',
      '000000.parquet',
      '000000.refused.json',
      '000000.tar',
    ])
    expect(await readdir(work_folder)).toEqual([])
  })

  it('gives a shard before the next one is begun, and ends quietly when nobody asks for more', async () => {
    await writePictures(photos, 6)
    const source = await openSource(photos, { output: store.uri, openStore })
    const settings = ingestSettingsSchema.parse({ shard_size: 2 })
    const packing = ingest({ source, store, set: 'early', settings })
    expect((await packing.next()).value).toMatchObject({ shard: '000000', images: 2 })
    expect(await store.head(storeLayout.imageIndex('early', '000000'))).not.toBeNull()
    expect(await store.head(storeLayout.imageTar('early', '000001'))).toBeNull()
    for await (const _ of packing) break
    expect(await readImageSet(store, 'early')).toBeNull()
    await source.close()
    const { shards } = await ingestAll(photos, store, { set: 'early', settings })
    expect(shards.map(({ resumed }) => resumed)).toEqual([true, true, false])
  })

  it('stores the labels of the source as observations, cut to the image, with notes on what did not fit', async () => {
    await writePictures(photos, 3)
    const boxes = [
      { label: 'dog', xyxy: [-5, 10, 50, 999] },
      { label: 'cat', xywh: [10, 10, 0, 5] },
      { label: 'owl', xyxy: [96, 0, 120, 10] },
      { label: 'owl', xyxy: [80, 0, 120, 10], is_group: true },
    ]
    const rows = [
      { path: 'even/000.jpeg', boxes },
      { path: 'even/002.webp', boxes: [{ label: 'dog', xyxy: [1, 2, 3, 4] }], width: 64, height: 96 },
      { path: 'odd/001.png' },
    ]
    await writeFile(join(photos, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const { set, shards } = await ingestAll(join(photos, 'rows.jsonl'), store)
    expect(shards).toMatchObject([{ labelled_images: 1, label_digest: set.label_digest }])
    const [first, second, third] = await readImageIndex(store, set.set, '000000')
    expect(first?.notes).toEqual(['labels: 2 of 4 boxes left out: no area inside the image'])
    expect(second?.notes).toEqual(['labels: 1 boxes left out: drawn on 64 x 96, the image is 96 x 64'])
    expect(third?.notes).toEqual([])
    const observed = await saidOf('source', set)
    expect(observed.get(first?.image_id ?? '')).toEqual([
      { kind: 'object', label: 'dog', score: 1, box: [0, 10, 50, 64] },
      { kind: 'object', label: 'owl', score: 1, box: [80, 0, 96, 10], is_group: true },
    ])
    // What was drawn on another picture says nothing, and so is not an image where nothing is.
    expect(observed.has(second?.image_id ?? '')).toBe(false)
    expect(observed.has(third?.image_id ?? '')).toBe(false)
  })

  it("keeps the source's captions and its alternative texts apart, each with an annotator of its own", async () => {
    await writePictures(photos, 2)
    const rows = [
      { path: 'even/000.jpeg', captions: ['  two   words ', 'two words'], alt_text: 'cut \ud83d' },
      { path: 'odd/001.png', boxes: [{ label: 'dog', xyxy: [1, 2, 3, 4] }] },
    ]
    await writeFile(join(photos, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const { set, shards } = await ingestAll(join(photos, 'rows.jsonl'), store)
    const [first] = await readImageIndex(store, set.set, '000000')
    const caption = { kind: 'caption', granularity: 'brief', score: 1, phrases: [] }
    const id = first?.image_id
    expect([...(await saidOf('source_captions', set))]).toEqual([[id, [{ ...caption, text: 'two words' }]]])
    expect([...(await saidOf('alt_text', set))]).toEqual([[id, [{ ...caption, text: 'cut \ufffd' }]]])
    // Nobody looked for objects in what has captions only.
    expect((await saidOf('source', set)).has(id ?? '')).toBe(false)
    expect(shards).toMatchObject([{ labelled_images: 2 }])
  })

  it('writes a file of each annotator of the source for every shard, also of those that say nothing', async () => {
    await writePictures(photos, 1)
    const row = { path: 'even/000.jpeg', boxes: [{ label: 'dog', xyxy: [1, 2, 3, 4] }] }
    await writeFile(join(photos, 'rows.jsonl'), JSON.stringify(row))
    const { set } = await ingestAll(join(photos, 'rows.jsonl'), store)
    const written = [...(await contentsOf(store)).keys()].filter((key) => key.startsWith('observations/'))
    const names = ['alt_text', 'source', 'source_captions'] as const
    expect(written.sort()).toEqual(
      names.map((name) => storeLayout.observations(set.set, name, set.label_digest ?? '', '000000')).sort(),
    )
    expect((await saidOf('source', set)).size).toBe(1)
    expect((await saidOf('alt_text', set)).size).toBe(0)
  })

  it('does not read its own output, wherever in the source that lies', async () => {
    await writePictures(photos, 3)
    const inside = await openStore(join(photos, 'results'))
    const { set } = await ingestAll(photos, inside, { settings: { shard_size: 2 } })
    await cp(join(photos, 'results'), join(root, 'kept'), { recursive: true })
    const again = await ingestAll(photos, inside, { settings: { shard_size: 2 } })
    expect(again.set).toEqual(set)
    expect(set).toMatchObject({ images: 3, ignored_files: 0 })
  })

  it('ends with the error of a store that fails, and can be continued', async () => {
    await writePictures(photos, 4)
    const settings = { shard_size: 2 }
    // A folder stands where the second tar should become visible.
    const obstacle = join(root, 'out', storeLayout.imageTar('failing', '000001'))
    await mkdir(join(obstacle, 'in'), { recursive: true })
    const failed = ingestAll(photos, store, { settings, set: 'failing' })
    await expect(failed).rejects.toThrow(/000001\.tar.*object and a folder of the same name/)
    await rm(obstacle, { recursive: true })
    const { set, shards } = await ingestAll(photos, store, { settings, set: 'failing' })
    expect(shards.map(({ resumed }) => resumed)).toEqual([true, false])
    expect(set.images).toBe(4)
  })
})
