import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSource } from '../../../src/ingest/sources/open-source.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { noBuckets, readSource, type TestFolder, testFolder } from './source-fixture.js'

let folder: TestFolder
beforeEach(async () => {
  folder = await testFolder()
})
afterEach(() => folder.remove())

const file = {
  info: { description: 'x', images: [{ id: 1 }] },
  annotations: [
    { id: 10, image_id: 2, category_id: 1, bbox: [1, 2, 3, 4], iscrowd: 0, segmentation: [[1, 2, 3, 4, 5, 6]] },
    { id: 11, image_id: 1, category_id: 5, bbox: [10, 20, 30.5, 40], iscrowd: 0 },
    { id: 12, image_id: 1, category_id: 1, bbox: [0, 0, 100, 100], iscrowd: 1 },
    { id: 13, image_id: 1, category_id: 99, bbox: [0, 0, 1, 1] },
    { id: 14, image_id: 1, category_id: 1, bbox: [0, 0, null, 1] },
    { id: 15, image_id: 1, caption: 'A dog.' },
    { id: 16, image_id: 12, caption: 'not of image 1' },
  ],
  images: [
    { id: 2, file_name: 'two.jpg', width: 64, height: 48 },
    { id: 1, file_name: 'one.jpg' },
    { id: 3, file_name: 'three.jpg' },
  ],
  categories: [
    { id: 1, name: 'person' },
    { id: 5, name: 'dog' },
  ],
}
const images = { 'two.jpg': '2', 'one.jpg': '1', 'three.jpg': '3' }

async function place(below: string): Promise<void> {
  for (const [name, body] of Object.entries(images)) await folder.write({ [`${below}${name}`]: body })
}

describe('a COCO annotation file', () => {
  it('gives its images in its order, boxes as corners, captions, and what was left out', async () => {
    await place('')
    await folder.write({ 'instances_x.json': JSON.stringify(file, null, 1) })
    const items = await readSource(join(folder.path, 'instances_x.json'))
    expect(items.map(({ text }) => text)).toEqual(['2', '1', '3'])
    expect(items.map(({ labels }) => labels)).toEqual([
      {
        boxes: [{ label: 'person', box: [1, 2, 4, 6] }],
        captions: [],
        alt_text: null,
        drawn_on: { width: 64, height: 48 },
        notes: [],
      },
      {
        boxes: [
          { label: 'dog', box: [10, 20, 40.5, 60] },
          { label: 'person', box: [0, 0, 100, 100], is_group: true },
        ],
        captions: ['A dog.'],
        alt_text: null,
        drawn_on: null,
        notes: ['boxes of unknown categories left out: 1', 'boxes without four numbers left out: 1'],
      },
      { boxes: [], captions: [], alt_text: null, drawn_on: null, notes: [] },
    ])
  })

  it('with captions alone says nothing of objects', async () => {
    await place('')
    const { images, annotations } = file
    const captions = annotations.filter((annotation) => 'caption' in annotation)
    await folder.write({ 'captions_x.json': JSON.stringify({ images, annotations: captions }) })
    const items = await readSource(join(folder.path, 'captions_x.json'))
    expect(items.map(({ labels }) => labels?.boxes)).toEqual([null, null, null])
    expect(items.flatMap(({ labels }) => labels?.captions)).toEqual(['A dog.'])
  })

  it.each(['images/', 'val2017/', 'annotations/', 'annotations/images/'])('finds its images in %s', async (below) => {
    await place(below)
    await folder.write({ 'annotations/captions_val2017.json': JSON.stringify(file) })
    const items = await readSource(join(folder.path, 'annotations/captions_val2017.json'))
    expect(items.map(({ source }) => source)).toContain(join(folder.path, below, 'one.jpg'))
  })

  it('takes the folder that is named, or says where it looked', async () => {
    await place('somewhere/deep/')
    await folder.write({ 'annotations/instances_a.json': JSON.stringify(file) })
    const spec = join(folder.path, 'annotations/instances_a.json')
    const named = await readSource(spec, { image_folder: join(folder.path, 'somewhere/deep') })
    expect(named.map(({ text }) => text)).toEqual(['2', '1', '3'])
    await expect(readSource(spec)).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining(`${folder.path}/annotations, ${folder.path}/annotations/a,`),
    })
  })

  it('refuses images outside their folder', async () => {
    await folder.write({ 'secret.jpg': 's', 'in/a.jpg': 'a' })
    const climbing = {
      images: [
        { id: 1, file_name: 'a.jpg' },
        { id: 2, file_name: '../secret.jpg' },
      ],
    }
    await folder.write({ 'in/x.json': JSON.stringify(climbing) })
    const items = await readSource(join(folder.path, 'in/x.json'))
    expect(items.map(({ text }) => text)).toEqual(['a', 'refused: source_denied'])
  })

  it.each([
    ['[1, 2]', 'it has no `images`'],
    ['{"images": [{"id": 1}]}', 'images[0]'],
    ['{"images": [{"id": 1, "file_name": "a.jpg"}', 'the file ends in the middle'],
    ['{"images": [}]}', 'Unexpected'],
    ['{"images": [], "annotations": []}', 'it has no `images`'],
    ['{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"bbox": [1]}]}', 'annotations[0]'],
  ])('says what is wrong with %s', async (text, fault) => {
    await folder.write({ 'x.json': text })
    await expect(readSource(join(folder.path, 'x.json'))).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringMatching(/x\.json is not a COCO annotation file/),
    })
    await expect(readSource(join(folder.path, 'x.json'))).rejects.toThrow(fault)
  })
})

describeWithReference('COCO 2017', ['photos/coco_mini/annotations'], () => {
  it('finds the photographs, boxes and captions of both files of a split', async () => {
    const counts = []
    for (const name of ['instances_val2017.json', 'captions_val2017.json']) {
      const source = await openSource(referencePath(`photos/coco_mini/annotations/${name}`), noBuckets)
      let [items, looked, boxes, captions] = [0, 0, 0, 0]
      for await (const item of source.items({ limit: 10_000_000 })) {
        expect((await item.head()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
        items++
        looked += item.labels?.boxes == null ? 0 : 1
        boxes += item.labels?.boxes?.length ?? 0
        captions += item.labels?.captions.length ?? 0
      }
      await source.close()
      counts.push({ items, looked, boxes, captions })
    }
    const [instances, captions] = counts
    expect(instances).toMatchObject({ items: 79, looked: 79, captions: 0 })
    expect(instances?.boxes).toBeGreaterThan(400)
    expect(captions).toEqual({ items: 79, looked: 0, boxes: 0, captions: 395 })
  })
})
