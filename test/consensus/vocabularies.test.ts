import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  canonicalLabel,
  coco80,
  labelTable,
  normaliseLabel,
  objects365,
  vocabulary,
} from '../../schemas/vocabularies/index.js'
import { describeWithReference, referencePath } from '../reference-data.js'

describe('vocabularies', () => {
  it('are found by name, and what there is is named where one is not', () => {
    expect(vocabulary('coco80')).toBe(coco80)
    expect(vocabulary('objects365')).toBe(objects365)
    expect(() => vocabulary('coco91')).toThrow(/"coco91".*Available: coco80/)
    expect(() => vocabulary('toString')).toThrow(/Available/)
  })

  it('have a row in the label table for each COCO class', () => {
    expect(labelTable.map((row) => row.name)).toEqual(coco80)
    expect(new Set(coco80).size).toBe(80)
  })
})

describe('the label table', () => {
  it('names each spelling once, as it is looked up', () => {
    const names = labelTable.flatMap((row) => [row.name, ...Object.keys(row.synonyms)])
    expect(new Set(names).size).toBe(names.length)
    expect(names.map(normaliseLabel)).toEqual(names)
  })

  it("leads the names of common detectors to COCO's", () => {
    const voc = ['aeroplane', 'motorbike', 'diningtable', 'pottedplant', 'sofa', 'tvmonitor']
    expect(voc.map(canonicalLabel)).toEqual(['airplane', 'motorcycle', 'dining table', 'potted plant', 'couch', 'tv'])
    expect(['Monitor/TV', 'Hair Dryer', 'Handbag/Satchel', 'cell_phone'].map(canonicalLabel)).toEqual([
      'tv',
      'hair drier',
      'handbag',
      'cell phone',
    ])
  })

  it('leaves a label that it does not know its own name', () => {
    expect(canonicalLabel('  Street_Lights ')).toBe('street lights')
    expect(canonicalLabel('constructor')).toBe('constructor')
  })
})

describeWithReference('coco80 against the published list', ['models/vocabularies/coco80.names'], () => {
  it('has the same names in the same order', () => {
    const names = readFileSync(referencePath('models/vocabularies/coco80.names'), 'utf8').trim().split('\n')
    expect(coco80).toEqual(names)
  })
})

const objects365Names = 'models/vocabularies/Objects365_names_fix.csv'

describeWithReference('objects365 against the published list', [objects365Names], () => {
  it('has its names in the order of its ids, apart from the spelling of three', () => {
    // id, name of the data set, the same with its misspellings corrected.
    const rows = readFileSync(referencePath(objects365Names), 'utf8')
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','))
    expect(rows.map(([id]) => Number(id))).toEqual(objects365.map((_, index) => index + 1))
    const letters = (name = ''): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')
    const differing = rows.flatMap(([, , name], index) =>
      letters(name) === letters(objects365[index]) ? [] : [[name, objects365[index]]],
    )
    expect(differing).toEqual([
      ['Ballon', 'Balloon'],
      ['Dining Table', 'Dinning Table'],
      ['Billards', 'Billiards'],
    ])
    expect(new Set(objects365).size).toBe(365)
  })
})
