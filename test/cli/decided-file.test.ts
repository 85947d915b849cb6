import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decidedFinder } from '../../src/cli/decided-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-decided-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(decided: unknown): Promise<string> {
  const path = join(folder, 'decided.json')
  await writeFile(path, JSON.stringify(decided))
  return path
}

const images = ['photos/cat.jpg', 'photos/dog.jpg']

test('texts for all images and what is decided about one, found by its name', async () => {
  const regions = [{ label: 'cat', box: [1, 2, 30, 40], texts: ['a tabby', 'cat'] }]
  const texts = ['A cat.', { text: 'a cat on a sofa.', granularity: 'detailed', phrases: ['a sofa'] }]
  const decided = await written({ 'cat.jpg': { texts, regions } })
  const find = await decidedFinder({ decided, text: ['For all.'] }, images)
  const brief = { granularity: 'brief', phrases: [] }
  expect(find('photos/dog.jpg')).toEqual({ texts: [{ ...brief, text: 'For all.' }], regions: [], regionTexts: [] })
  expect(find('photos/cat.jpg')).toEqual({
    texts: [
      { ...brief, text: 'For all.' },
      { ...brief, text: 'A cat.' },
      { granularity: 'detailed', text: 'a cat on a sofa.', phrases: [{ start: 9, end: 15, region_ids: [] }] },
    ],
    regions: [{ region_id: 'r0', kind: 'object', label: 'cat', box: [1, 2, 30, 40], score: 1, quad: null }],
    regionTexts: [{ region_id: 'r0', texts: ['cat', 'a tabby'] }],
  })
})

test.each([
  ['an image that is not among them', { 'bird.jpg': {} }, /no image is "bird\.jpg"/],
  [
    'a box that is turned round',
    { 'cat.jpg': { regions: [{ label: 'cat', box: [30, 2, 1, 40] }] } },
    /x2 > x1 and y2 > y1/,
  ],
  ['a label without words', { 'cat.jpg': { regions: [{ label: ' ', box: [1, 2, 3, 4] }] } }, /expected words/],
  ['an unknown key', { 'cat.jpg': { boxes: [] } }, /"boxes".*texts, regions/s],
])('refuses %s', async (_, decided, message) => {
  await expect(decidedFinder({ decided: await written(decided) }, images)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(message),
  })
})
