import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { labelTable, labelTableVersion } from '../../schemas/vocabularies/index.js'
import { fld } from './fld-process.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-vocabulary-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('fld vocabulary', () => {
  it('show tells all of a row, under whatever name it is asked for', async () => {
    const { code, stdout } = await fld(['vocabulary', 'show', 'Sofa', 'limousine'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^couch\n +parents +furniture\n/)
    expect(stdout).toMatch(/children +loveseat, sofa bed/)
    expect(stdout).toMatch(/synonyms, voc +sofa/)
    expect(stdout).toMatch(/class of lvis +sofa/)
    expect(stdout).toMatch(/^limousine\n +parents +car\n +above them +motor vehicle, land vehicle, vehicle$/m)
  }, 60_000)

  it('show as JSON, a summary without a label, and a label as one vocabulary means it', async () => {
    const summary = await fld(['vocabulary', 'show', '--json'])
    expect(JSON.parse(summary.stdout)).toMatchObject({
      version: labelTableVersion,
      rows: labelTable.length,
      classes: { coco80: 80, lvis: 1203, objects365: 365, openimages: 601, voc21: 20 },
    })
    const mouse = await fld(['vocabulary', 'show', 'mouse', '--vocabulary', 'openimages', '--json'])
    expect(JSON.parse(mouse.stdout)).toMatchObject({ label: 'mouse (animal)', classes: { openimages: ['Mouse'] } })
    const classes = await fld(['vocabulary', 'show', '--vocabulary', 'voc21'])
    expect(classes.stdout.split('\n')[1]).toMatch(/^aeroplane +airplane +aircraft, vehicle$/)
  }, 60_000)

  it('show refuses a label without a row, with the nearest names, and a vocabulary that is not there', async () => {
    const unknown = await fld(['vocabulary', 'show', 'girafe'])
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toMatch(/no row for "girafe"\. Did you mean "giraffe"/)
    const vocabulary = await fld(['vocabulary', 'show', '--vocabulary', 'coco91'])
    expect(vocabulary.code).toBe(2)
    expect(vocabulary.stderr).toMatch(/no vocabulary "coco91"/)
  }, 60_000)

  it('check finds nothing wrong with the table', async () => {
    const { code, stdout } = await fld(['vocabulary', 'check'])
    expect(code).toBe(0)
    expect(stdout).toBe(`${labelTableVersion}: ${labelTable.length} rows, 0 faults, 0 classes without a row\n`)
  }, 60_000)

  it('check lists what a file says that has no row, with the nearest names and exit code 2', async () => {
    const labels = join(folder, 'labels.txt')
    await writeFile(labels, 'Person\n\nmountain bike\r\nzebrra\nqqqqqqqq\n')
    const { code, stdout } = await fld(['vocabulary', 'check', labels])
    expect(code).toBe(2)
    expect(stdout).toMatch(/^mountain bike +nearest: bike \(bicycle\)/m)
    expect(stdout).toMatch(/^zebrra +nearest: zebra/m)
    expect(stdout).toMatch(/^qqqqqqqq +nothing near$/m)
    expect(stdout).toMatch(/4 labels, 3 without a row/)
  }, 60_000)

  it('check reads a .json list, a pack of one’s own, the packs by name, and vocabularies', async () => {
    const list = join(folder, 'labels.json')
    await writeFile(list, JSON.stringify(['car', 'Hot-Dog']))
    expect(await fld(['vocabulary', 'check', list])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/2 labels, 0 /),
    })
    const pack = join(folder, 'pack.json')
    const entry = { annotator: 'detect', family: 'f', licence: 'MIT', files: [] }
    const entries = [
      { ...entry, name: 'coco', vocabulary: 'coco80' },
      { ...entry, name: 'own', vocabulary: ['person', 'widgett'] },
      { ...entry, name: 'open' },
    ]
    await writeFile(pack, JSON.stringify({ name: 'mine', description: 'mine', entries }))
    const checked = await fld(['vocabulary', 'check', pack, '--json'])
    expect(checked.code).toBe(2)
    expect(JSON.parse(checked.stdout)).toMatchObject({ labels: 82, unknown: [{ entry: 'mine/own', label: 'widgett' }] })
    expect((await fld(['vocabulary', 'check', 'fld5b'])).code).toBe(0)
    expect((await fld(['vocabulary', 'check', 'openimages'])).stdout).toMatch(/601 labels, 0 without/)
  }, 60_000)

  it('check refuses what it cannot read', async () => {
    const file = join(folder, 'bad.json')
    const photo = join(folder, 'photo.jpg')
    await writeFile(file, '[1]')
    await writeFile(photo, Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x0a, 0x41]))
    const refused = await Promise.all(
      [file, 'no-such-file', folder, photo].map((source) => fld(['vocabulary', 'check', source])),
    )
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect(refused.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/bad\.json is no list of labels/),
      expect.stringMatching(/"no-such-file" is no file, no pack and none of coco80/),
      expect.stringMatching(/cannot read the labels in/),
      expect.stringMatching(/photo[.]jpg is no text in UTF-8: a file of labels has one a line/),
    ])
  }, 60_000)
})
