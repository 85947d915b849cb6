import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceFingerprint } from '../../../src/ingest/set-name.js'
import { openSource } from '../../../src/ingest/sources/open-source.js'
import { listSource, noBuckets, readSource, type TestFolder, testFolder } from './source-fixture.js'

let folder: TestFolder
let other: TestFolder
beforeEach(async () => {
  folder = await testFolder()
  other = await testFolder()
  await folder.write({ 'm/a.jpg': 'a', 'm/in/b.jpg': 'b', 'up.jpg': 'up' })
  await other.write({ 'o.jpg': 'o' })
})
afterEach(async () => {
  await folder.remove()
  await other.remove()
})

describe('a list', () => {
  it('takes one path or uri a line, from the folder of the list', async () => {
    const lines = [
      '\ufeffa.jpg',
      '',
      '# a comment',
      '  in/../in/b.jpg ',
      `${other.path}/o.jpg`,
      `file://${other.path}/o.jpg`,
    ]
    await folder.write({ 'm/list.txt': `${lines.join('\r\n')}\na.jpg` })
    expect(await listSource(join(folder.path, 'm/list.txt'), folder.path)).toEqual([
      'm/a.jpg a',
      'm/in/b.jpg b',
      `${other.path}/o.jpg o`,
      `${other.path}/o.jpg o`,
      'm/a.jpg a',
    ])
  })

  it('refuses what is missing, climbs out, is a folder or on the web, line by line', async () => {
    const lines = ['missing.jpg', '../up.jpg', 'in', 'https://example.org/a.jpg', 'ftp://example.org/a.jpg', 'a.jpg']
    await folder.write({ 'm/list.txt': lines.join('\n') })
    const spec = join(folder.path, 'm/list.txt')
    expect(await listSource(spec, folder.path)).toEqual([
      'm/missing.jpg refused: source_missing',
      '../up.jpg refused: source_denied',
      'm/in refused: source_denied',
      'https://example.org/a.jpg refused: source_denied',
      'ftp://example.org/a.jpg refused: source_denied',
      'm/a.jpg a',
    ])
    expect((await listSource(spec, folder.path, { outside: true }))[1]).toBe('up.jpg up')
  })

  it('refuses what can be no path, and goes on', async () => {
    const lines = [`data:image/png;base64,${'A'.repeat(5000)}`, 'a\0.jpg', 'a.jpg']
    await folder.write({ 'm/list.txt': lines.join('\n') })
    const items = await readSource(join(folder.path, 'm/list.txt'))
    expect(items.map(({ text }) => text)).toEqual(['refused: source_missing', 'refused: source_missing', 'a'])
  })

  it('has a fingerprint that changes with its lines and with the files they name', async () => {
    async function fingerprint(): Promise<string> {
      const source = await openSource(join(folder.path, 'm/list.txt'), noBuckets)
      return sourceFingerprint(source)
    }
    await folder.write({ 'm/list.txt': 'a.jpg\nin/b.jpg' })
    const first = await fingerprint()
    await folder.write({ 'm/list.txt': 'in/b.jpg\na.jpg' })
    const swapped = await fingerprint()
    expect(swapped).not.toBe(first)
    await folder.write({ 'm/a.jpg': 'longer' })
    expect(await fingerprint()).not.toBe(swapped)
  })
})

const boxed = { label: 'dog', xyxy: [1, 2, 3.5, 4] }

describe('a JSONL manifest', () => {
  it('takes paths, uris and labels', async () => {
    const rows = [
      {
        path: 'a.jpg',
        boxes: [boxed, { label: ' cat ', xywh: [10, 20, 5, 6] }],
        captions: ['one', 'two'],
        alt_text: 'alt',
      },
      { uri: `${other.path}/o.jpg`, caption: 'three', width: 640, height: 480, unknown: true },
      { path: 'in/b.jpg' },
    ]
    await folder.write({ 'm/rows.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') })
    const items = await readSource(join(folder.path, 'm/rows.jsonl'))
    expect(items.map(({ text }) => text)).toEqual(['a', 'o', 'b'])
    expect(items.map(({ labels }) => labels)).toEqual([
      {
        boxes: [
          { label: 'dog', box: [1, 2, 3.5, 4] },
          { label: 'cat', box: [10, 20, 15, 26] },
        ],
        captions: ['one', 'two'],
        alt_text: 'alt',
        drawn_on: null,
        notes: [],
      },
      { boxes: null, captions: ['three'], alt_text: null, drawn_on: { width: 640, height: 480 }, notes: [] },
      null,
    ])
  })

  it.each([
    [{ is_group: true }, { is_group: true }],
    [{ group: 1 }, { is_group: true }],
    [{ iscrowd: 1 }, { is_group: true }],
    [{ is_group: false }, {}],
    [{ iscrowd: 0 }, {}],
    [{ group: -1 }, {}],
    [{ group: null }, {}],
  ])('reads of a box with %j whether it is one around many', async (said, read) => {
    await folder.write({ 'm/rows.jsonl': JSON.stringify({ path: 'a.jpg', boxes: [{ ...boxed, ...said }] }) })
    const [item] = await readSource(join(folder.path, 'm/rows.jsonl'))
    expect(item?.labels?.boxes).toStrictEqual([{ label: 'dog', box: [1, 2, 3.5, 4], ...read }])
  })

  it('keeps bad labels as notes', async () => {
    const boxes = [boxed, 7, { xyxy: [1, 2, 3, 4] }, { ...boxed, is_group: 'no' }, { label: 'x', xywh: [1, 2, '3', 4] }]
    const row = { path: 'a.jpg', boxes, captions: ['fine', 5], alt_text: 9 }
    await folder.write({
      'm/rows.jsonl': `${JSON.stringify(row)}\n${JSON.stringify({ path: 'a.jpg', boxes: 'none' })}`,
    })
    const [first, second] = await readSource(join(folder.path, 'm/rows.jsonl'))
    expect(first?.labels?.boxes).toEqual([{ label: 'dog', box: [1, 2, 3.5, 4] }])
    expect(first?.labels?.captions).toEqual(['fine'])
    const shape = '{"label": "dog", "xyxy": [x1, y1, x2, y2]}, or xywh, with four numbers'
    expect(first?.labels?.notes).toEqual([
      'rows.jsonl, line 1: captions[1] is 5, allowed is a text, or a list of texts',
      'rows.jsonl, line 1: alt_text is 9, allowed is a text',
      `rows.jsonl, line 1: boxes[1] is 7, allowed is ${shape}`,
      `rows.jsonl, line 1: boxes[2] is {"xyxy":[1,2,3,4]}, allowed is ${shape}; it has no label`,
      expect.stringMatching(/^rows.jsonl, line 1: boxes\[3\] is .*, allowed is true or false, 1 or 0, for is_group$/),
      'rows.jsonl, line 1: and 1 more',
    ])
    expect(second?.labels).toMatchObject({
      boxes: null,
      notes: [`rows.jsonl, line 2: boxes is "none", allowed is a list of ${shape}`],
    })
  })

  it('shortens what was there', async () => {
    const alt_text = Array.from({ length: 40 }, (_, index) => `text ${index}`)
    await folder.write({ 'm/rows.jsonl': JSON.stringify({ path: 'a.jpg', alt_text }) })
    const [item] = await readSource(join(folder.path, 'm/rows.jsonl'))
    expect(item?.labels?.notes).toEqual([
      expect.stringMatching(/^rows.jsonl, line 1: alt_text is \["text 0",.{60,72}…, allowed is a text$/),
    ])
  })

  it.each([
    ['{"path": "a.jpg"}\n{"path": ', /rows\.jsonl, line 2: is not JSON/],
    ['\n\n["a.jpg"]', /rows\.jsonl, line 3: is not a JSON object/],
    ['{"url": "a.jpg", "width": 3}', /line 1: has neither path nor uri \(it has: url, width\)/],
    ['{"path": "a.jpg", "uri": "b.jpg"}', /line 1: has both path and uri/],
  ])('names file and line of %j', async (text, message) => {
    await folder.write({ 'm/rows.jsonl': text })
    const read = readSource(join(folder.path, 'm/rows.jsonl'))
    await expect(read).rejects.toMatchObject({ code: 'source_invalid', message: expect.stringMatching(message) })
  })
})

describe('a CSV manifest', () => {
  it('takes the same columns, lists as JSON text', async () => {
    const boxes = JSON.stringify([boxed]).replaceAll('"', '""')
    const lines = [
      'path,boxes,captions,alt_text,width,height',
      `a.jpg,"${boxes}","[""one"", ""two""]",alt,640,480`,
      'in/b.jpg,,"a text, with ""quotes""\nand a line",,,',
      'in/b.jpg,,,,,',
    ]
    await folder.write({ 'm/rows.csv': `\ufeff${lines.join('\r\n')}` })
    const items = await readSource(join(folder.path, 'm/rows.csv'))
    expect(items.map(({ text, labels }) => [text, labels])).toEqual([
      [
        'a',
        {
          boxes: [{ label: 'dog', box: [1, 2, 3.5, 4] }],
          captions: ['one', 'two'],
          alt_text: 'alt',
          drawn_on: { width: 640, height: 480 },
          notes: [],
        },
      ],
      [
        'b',
        { boxes: null, captions: ['a text, with "quotes"\nand a line'], alt_text: null, drawn_on: null, notes: [] },
      ],
      ['b', null],
    ])
  })

  it('reads tabs from a .tsv', async () => {
    await folder.write({ 'm/rows.tsv': 'uri\tcaption\na.jpg\tone, two' })
    const [item] = await readSource(join(folder.path, 'm/rows.tsv'))
    expect(item).toMatchObject({ text: 'a', labels: { captions: ['one, two'] } })
  })

  it.each([
    ['path,caption\na.jpg,x\nb.jpg', /rows\.csv, line 3:.*[Cc]olumn/],
    ['path,caption\na.jpg,"x', /rows\.csv, line \d+:.*[Qq]uot/],
    ['file,caption\na.jpg,x', /rows\.csv, line 2: has neither path nor uri \(it has: file, caption\)/],
  ])('names file and line of %j', async (text, message) => {
    await folder.write({ 'm/rows.csv': text })
    const read = readSource(join(folder.path, 'm/rows.csv'))
    await expect(read).rejects.toMatchObject({ code: 'source_invalid', message: expect.stringMatching(message) })
  })
})

describe('openSource', () => {
  it.each(['https://example.org/photos', 'ftp://example.org', 'photo.bmp', 'nothing-here', ''])(
    'refuses %j and lists what is allowed',
    async (name) => {
      await folder.write({ 'photo.bmp': 'x' })
      const spec = name === 'photo.bmp' ? join(folder.path, name) : name
      const opened = openSource(spec, noBuckets)
      await expect(opened).rejects.toMatchObject({ code: 'source_invalid' })
      await expect(opened).rejects.toThrow(/Allowed are:\n {2}a folder.*\n {2}s3:\/\/.*\n {2}a list/)
    },
  )
})
