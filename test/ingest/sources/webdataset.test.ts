import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceFingerprint } from '../../../src/ingest/set-name.js'
import { openSource } from '../../../src/ingest/sources/open-source.js'
import { expandBraces } from '../../../src/ingest/sources/tar-pattern.js'
import { listSource, noBuckets, readItems, readSource, type TestFolder, tarOf, testFolder } from './source-fixture.js'

let folder: TestFolder
beforeEach(async () => {
  folder = await testFolder()
})
afterEach(() => folder.remove())

describe('a WebDataset tar', () => {
  it('gives images with the captions of the files beside them, in whatever order these stand', async () => {
    const long = `deep/${'x'.repeat(120)}`
    const boxes = [{ label: 'dog', xyxy: [1, 2, 3, 4] }]
    await folder.write({
      'x.tar': await tarOf([
        ['000.jpg', 'a'],
        ['000.txt', 'a caption\n'],
        ['000.json', JSON.stringify({ caption: 'from json', alt_text: 'alt', boxes, width: 9, height: 8 })],
        ['001.cls', '17'],
        ['001.png', 'b'],
        ['002.cls', 'goldfish'],
        ['002.webp', 'c'],
        [`${long}.left.jpg`, 'd'],
        [`${long}.right.jpg`, 'e'],
        ['.hidden.jpg', 'x'],
        ['__MACOSX/000.jpg', 'x'],
        ['003.jpg', 'f'],
        ['003.json', '{"caption": '],
        ['004.txt', 'of nothing'],
      ]),
    })
    const items = await readSource(join(folder.path, 'x.tar'))
    const uri = `${folder.path}/x.tar`
    const captions = (...texts: string[]) => ({
      boxes: null,
      captions: texts,
      alt_text: null,
      drawn_on: null,
      notes: [],
    })
    expect(items).toEqual([
      {
        source: `${uri}#000.jpg`,
        text: 'a',
        labels: {
          boxes: [{ label: 'dog', box: [1, 2, 3, 4] }],
          captions: ['a caption', 'from json'],
          alt_text: 'alt',
          drawn_on: { width: 9, height: 8 },
          notes: [],
        },
      },
      { source: `${uri}#001.png`, text: 'b', labels: null },
      { source: `${uri}#002.webp`, text: 'c', labels: captions('goldfish') },
      { source: `${uri}#${long}.left.jpg`, text: 'd', labels: null },
      { source: `${uri}#${long}.right.jpg`, text: 'e', labels: null },
      { source: `${uri}#003.jpg`, text: 'f', labels: { ...captions(), notes: ['003.json is not JSON'] } },
      { source: `${uri}#004.txt`, text: 'of nothing', labels: null },
    ])
  })

  it('does not read a member that is longer than the limit', async () => {
    await folder.write({
      'x.tar': await tarOf([
        ['0.jpg', 'x'.repeat(2000)],
        ['1.jpg', 'short'],
      ]),
    })
    const source = await openSource(join(folder.path, 'x.tar'), noBuckets)
    const items = await readItems(source, { limit: 1000 })
    expect(items.map(({ text }) => text)).toEqual(['refused: too_many_bytes', 'short'])
  })

  it('gives what a damaged tar still holds, says that it is damaged and goes on', async () => {
    const whole = await tarOf([
      ['0.jpg', 'zero'],
      ['1.jpg', 'x'.repeat(3000)],
    ])
    const garbled = Buffer.concat([whole.subarray(0, 1024), Buffer.alloc(2048, 0x41)])
    await folder.write({ 'a.tar': whole.subarray(0, 2048), 'b.tar': garbled, 'c.tar': whole, 'd.tar': 'not a tar' })
    expect(await listSource(join(folder.path, '{a,b,c,d,missing}.tar'), folder.path)).toEqual([
      'a.tar#0.jpg zero',
      'a.tar refused: truncated',
      'b.tar#0.jpg zero',
      'b.tar refused: unreadable',
      'c.tar#0.jpg zero',
      `c.tar#1.jpg ${'x'.repeat(3000)}`,
      'd.tar refused: truncated',
      'missing.tar refused: source_missing',
    ])
  })

  it('does not hold a tar whose members all share a key', async () => {
    const members = Array.from({ length: 200 }, (_, index) => [`photo.${index}.jpg`, String(index)] as const)
    await folder.write({ 'x.tar': await tarOf(members) })
    const items = await readSource(join(folder.path, 'x.tar'))
    expect(items.map(({ text }) => Number(text))).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })
})

describe('a pattern of tars', () => {
  it('names them by braces and wildcards, sorted, each once', async () => {
    for (const name of ['p-000', 'p-001', 'p-002', 'q-9'])
      await folder.write({ [`${name}.tar`]: await tarOf([[`${name}.jpg`, name]]) })
    await folder.write({ 'p-003.txt': 'x' })
    const read = async (pattern: string) => (await readSource(join(folder.path, pattern))).map(({ text }) => text)
    expect(await read('p-{000..001}.tar')).toEqual(['p-000', 'p-001'])
    expect(await read('{q-9,p-000}.tar')).toEqual(['p-000', 'q-9'])
    expect(await read('p-*.tar')).toEqual(['p-000', 'p-001', 'p-002'])
    expect(await read('?-00{1,2}.tar')).toEqual(['p-001', 'p-002'])
    expect(await read('*.tar')).toEqual(['p-000', 'p-001', 'p-002', 'q-9'])
    await expect(read('z-*.tar')).rejects.toThrow(/matches no file/)
    await expect(read('*/p.tar')).rejects.toThrow(/wildcard before its last/)
  })

  it('expands braces as a shell does', () => {
    expect(expandBraces('a{1..3}')).toEqual(['a1', 'a2', 'a3'])
    expect(expandBraces('a{08..11}')).toEqual(['a08', 'a09', 'a10', 'a11'])
    expect(expandBraces('{a,b}-{0..1}')).toEqual(['a-0', 'a-1', 'b-0', 'b-1'])
    expect(() => expandBraces('{a,b{0..1}}')).toThrow(/braces within braces/)
    expect(() => expandBraces('{9..1}')).toThrow(/counts up/)
    expect(() => expandBraces('{0..999}{0..999}')).toThrow(/more than 100000/)
  })

  it('has a fingerprint that changes with its tars', async () => {
    const fingerprint = async () => sourceFingerprint(await openSource(join(folder.path, '*.tar'), noBuckets))
    await folder.write({ 'a.tar': await tarOf([['0.jpg', 'a']]) })
    const first = await fingerprint()
    await folder.write({ 'b.tar': await tarOf([['1.jpg', 'b']]) })
    expect(await fingerprint()).not.toBe(first)
  })
})
