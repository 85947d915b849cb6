import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportFormatNames } from '../../../schemas/feed.js'
import { florence2Tasks } from '../../../schemas/florence2/tasks.js'
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
  test.each(['webdataset', 'coco', 'litdata-index'] as const)('%s is the same on S3', async (format) => {
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
      message: expect.stringMatching(
        /taken holds another export \(options[.]tasks: {} there, {"OD":0} asked for\); choose another place/,
      ),
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

  test('that came to nothing leaves the place free', async () => {
    const target = await place('nothing')
    const options = { tasks: { ...Object.fromEntries(florence2Tasks.map((task) => [task, 0])), OCR: 1 } }
    await expect(exportRun(exported, target, { format: 'hf', options })).rejects.toThrow(
      /the 3 images of round 0 of run "exported" in the splits .* give no sample of these tasks .*nothing to export/,
    )
    expect(await contentsOf(target)).toEqual(new Map())
    expect(await exportRun(exported, target, { format: 'hf' })).toMatchObject({ images: 3 })
  })

  test("touches nobody else's files: a place is its own, and none in the store", async () => {
    const target = await place('mine')
    await target.put('README.md', Buffer.from('of somebody'))
    await expect(exportRun(exported, target, { format: 'hf' })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/mine holds other files \(README[.]md\): an export wants a place of its own/),
    })
    expect(await contentsOf(target)).toEqual(new Map([['README.md', Buffer.from('of somebody').toString('base64')]]))
    const clone = await place('clone')
    await clone.put('.gitattributes', Buffer.from('*.parquet filter=lfs'))
    expect(await exportRun(exported, clone, { format: 'hf' })).toMatchObject({ images: 3 })
    for (const inside of [await place('out'), await place('out/exports')]) {
      await expect(exportRun(exported, inside, { format: 'hf' })).rejects.toThrow(/lies in the store .*out: an export/)
    }
  })

  test('writes again what has gone or has another length', async () => {
    const target = await place('damaged')
    const sums = await exportRun(exported, target, { format: 'hf' })
    const whole = await contentsOf(target)
    await target.delete(['data/train-000000.parquet', 'README.md'])
    await target.put('data/validation-000001.parquet', Buffer.from('half'))
    expect(await exportRun(exported, target, { format: 'hf' })).toEqual({ ...sums, written: 3 })
    expect(await contentsOf(target)).toEqual(whole)
  })

  test.each(exportFormatNames)('%s says in its card how it is opened', async (format) => {
    const target = await place(`${format}-card`)
    await exportRun(exported, target, { format })
    const tokens = ['coco', 'odvg'].includes(format) ? 0 : 1
    expect((await cardOf(target)).match(/location tokens/g) ?? []).toHaveLength(tokens)
    expect(await cardOf(target)).toMatch(/# exported\n\nExported by fld as [\s\S]*## What it amounts to/)
  })

  test.each(exportFormatNames)('%s can leave the images out', async (format) => {
    const target = await place(`${format}-bare`)
    const sums = await exportRun(exported, target, { format, images: false })
    expect(sums).toMatchObject({ images: 3, samples: expect.any(Number) })
    for (const [key, body] of await contentsOf(target)) {
      expect(key).not.toMatch(/\.(?:jpg|png)$/)
      // The first bytes of a JPEG and of a PNG.
      expect(Buffer.from(body, 'base64').toString('latin1')).not.toMatch(/\xff\xd8\xff|\x89PNG/)
    }
  })
})
