import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import { openStore } from '../../../src/storage/open-store.js'
import { openBucketStore } from '../../dataset/stores.js'
import { contentsOf } from '../../ingest/ingest-fixture.js'
import { type ExportedRun, exportRun, openExportedRun } from './exported-run.js'

let exported: ExportedRun
const opened: ObjectStore[] = []

beforeAll(async () => {
  exported = await openExportedRun()
}, 60_000)
afterAll(async () => {
  for (const store of opened) await store.close()
  await exported.remove()
})

async function place(name: string): Promise<ObjectStore> {
  const target = await openStore(join(exported.folder, name))
  opened.push(target)
  return target
}

const cardOf = async (target: ObjectStore) => Buffer.from(await target.get('README.md')).toString()

describe('an export', () => {
  test.each(['webdataset', 'coco', 'litdata-index'])('%s is the same on S3', async (format) => {
    const { store, remove } = await openBucketStore()
    const folder = await place(`${format}-folder`)
    const sums = await exportRun(exported, store, { format })
    expect(sums).toMatchObject({ images: 3, splits: { train: 2, validation: 1 } })
    expect(await exportRun(exported, folder, { format })).toEqual(sums)
    expect(await contentsOf(store)).toEqual(await contentsOf(folder))
    expect(await exportRun(exported, store, { format })).toEqual({ ...sums, written: 0 })
    await remove()
  })

  test('is the same in whatever order its options are named', async () => {
    const target = await place('ordered')
    const options = { tasks: { OD: 2, CAPTION: 1 }, splits: ['train' as const, 'validation' as const] }
    const sums = await exportRun(exported, target, { format: 'hf', options })
    const turned = { tasks: { CAPTION: 1, OD: 2 }, splits: [...options.splits].reverse() }
    expect(await exportRun(exported, target, { format: 'hf', options: turned })).toEqual({ ...sums, written: 0 })
  })

  test('refuses a place that holds another, and says what differs', async () => {
    const target = await place('taken')
    await exportRun(exported, target, { format: 'coco' })
    await expect(exportRun(exported, target, { format: 'coco', options: { tasks: { OD: 0 } } })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/taken holds another export \(options: .*\); choose another place/),
    })
    await expect(exportRun(exported, target, { format: 'hf' })).rejects.toThrow(/format: "coco" there, "hf" asked for/)
  })

  test('names in its card only splits that have images, for their readers look for files of all that it names', async () => {
    const target = await place('card')
    await exportRun(exported, target, { format: 'hf' })
    expect(await cardOf(target)).toMatch(/split: train\n.*\n {2}- split: validation\n.*\ndataset_info/)
  })

  test('of a split without images is no success', async () => {
    const exporting = exportRun(exported, await place('none'), { format: 'coco', options: { splits: ['test'] } })
    await expect(exporting).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'no image of round 0 of run "exported" is of the splits test: there is nothing to export',
    })
  })

  test.each(['florence2-jsonl', 'webdataset', 'hf', 'coco', 'odvg', 'litdata-index'])(
    '%s can leave the images out',
    async (format) => {
      const target = await place(`${format}-bare`)
      const sums = await exportRun(exported, target, { format, images: false })
      expect(sums).toMatchObject({ images: 3, samples: expect.any(Number) })
      for (const [key, body] of await contentsOf(target)) {
        expect(key).not.toMatch(/\.(?:jpg|png)$/)
        // The first bytes of a JPEG and of a PNG.
        expect(Buffer.from(body, 'base64').toString('latin1')).not.toMatch(/\xff\xd8\xff|\x89PNG/)
      }
    },
  )
})
