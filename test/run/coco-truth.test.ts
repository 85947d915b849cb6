import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKnownBoxes } from '../../src/report/index.js'
import { imagesByName, readCocoTruth } from '../../src/run/coco-truth.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-coco-truth-'))
})
afterAll(() => rm(folder, { recursive: true }))

const of = (image_id: string, source: string) => ({ image_id, source })
const named = (...names: string[]) => ({ images: names.map((file_name, index) => ({ id: index + 1, file_name })) })

test('images are found by their file name, in folders, buckets and tars', () => {
  const images = imagesByName(named('val/one.png', 'two#2.png', 'three.png'))
  expect(images.find(of('a', 's3://photos/one.png'))?.id).toBe(1)
  expect(images.find(of('b', 'C:\\photos\\two#2.png'))?.id).toBe(2)
  expect(images.find(of('c', '/sets/000.tar#three.png'))?.id).toBe(3)
  expect(images.find(of('d', '/photos/four.png'))).toBeUndefined()
})

test('two images of one file name are refused by both names: in the file, and among those that are asked for', () => {
  expect(() => imagesByName(named('train/one.png', 'val/one.png'))).toThrow(
    expect.objectContaining({
      code: 'source_invalid',
      message: expect.stringMatching(/train\/one.png [(]id 1[)] and val\/one.png [(]id 2[)] have the same file name/),
    }),
  )
  const images = imagesByName(named('one.png'))
  const first = of('a', '/x/one.png')
  expect(images.find(first)).toEqual(images.find(first))
  expect(() => images.find(of('b', '/y/one.png'))).toThrow(/[/]x[/]one.png and [/]y[/]one.png/)
  // Of a name that is not labelled there may be many.
  expect([images.find(of('c', '/x/two.png')), images.find(of('d', '/y/two.png'))]).toEqual([undefined, undefined])
})

test('ids may be texts, sizes may be left out, and boxes without an area are none', async () => {
  const path = join(folder, 'texts.json')
  const annotation = { image_id: 'b', category_id: 'k', bbox: [1, 2, 10, 20], iscrowd: true }
  const content = {
    images: [
      { id: 'b', file_name: 'b.png' },
      { id: 'a', file_name: 'a.png' },
    ],
    categories: [{ id: 'k', name: 'Dog' }],
    annotations: [annotation, { ...annotation, bbox: [1, 2, 0, 20] }],
  }
  await writeFile(path, JSON.stringify(content))
  const truth = await readCocoTruth(path)
  expect(truth.images.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(truth.boxes.get('b')).toEqual([{ label: 'dog', box: [1, 2, 11, 22], is_group: true }])
  const { signal } = new AbortController()
  expect(await readKnownBoxes(path, { signal })).toMatchObject({ name: path, images: 2, labels: new Set(['dog']) })
  await expect(readKnownBoxes(path, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/)
})

test('a file of captions is refused on one line, with what is missing and where boxes are', async () => {
  const path = join(folder, 'captions.json')
  const images = Array.from({ length: 40 }, (_, index) => ({ id: index, file_name: `${index}.png` }))
  const annotations = images.map(({ id }) => ({ id, image_id: id, caption: 'a dog' }))
  await writeFile(path, JSON.stringify({ images, annotations }))
  const error: unknown = await readCocoTruth(path).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'source_invalid' })
  const message = error instanceof Error ? error.message : ''
  expect(message.split('\n')).toHaveLength(1)
  expect(message).toMatch(
    /captions[.]json is no COCO file of boxes: categories: .*; annotations\[\][.]bbox: .*[(]40 times[)]/,
  )
  expect(message).toMatch(/It has captions and no boxes: COCO keeps boxes in instances_[*][.]json$/)
  await writeFile(path, JSON.stringify([]))
  await expect(readCocoTruth(path)).rejects.toThrow(/is no COCO file of boxes: the file: /)
})
