import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  canonicalClasses,
  coco80,
  isKnownLabel,
  lvis,
  objects365,
  openimages,
  voc21,
  vocabulary,
  vocabularyNames,
  vocabularyOf,
} from '../../../schemas/vocabularies/index.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

describe('vocabularies', () => {
  it('are found by name, and what there is is named where one is not', () => {
    expect(vocabularyNames.map(vocabulary)).toEqual([coco80, lvis, objects365, openimages, voc21])
    expect(() => vocabulary('coco91')).toThrow(/"coco91".*Available: coco80, lvis, objects365, openimages, voc21/)
    expect(() => vocabulary('toString')).toThrow(/Available/)
  })

  it('have as many classes as their data sets, each once', () => {
    const sizes = { coco80: 80, lvis: 1203, objects365: 365, openimages: 601, voc21: 21 }
    for (const name of vocabularyNames) {
      expect(vocabulary(name)).toHaveLength(sizes[name])
      expect(new Set(vocabulary(name)).size).toBe(sizes[name])
    }
  })

  it('have a row for every class, and no row for two', () => {
    for (const name of vocabularyNames) {
      const classes = canonicalClasses(name)
      expect(classes.filter(({ label }) => !isKnownLabel(label))).toEqual([])
      expect(new Set(classes.map(({ label }) => label)).size).toBe(classes.length)
    }
  })

  it('are recognised by their labels, in any order and in part, where no other has them all', () => {
    for (const name of vocabularyNames) {
      expect(vocabularyOf([...vocabulary(name)])).toBe(name)
      expect(vocabularyOf([...vocabulary(name)].reverse())).toBe(name)
    }
    expect(vocabularyOf(['Mouse', 'Pizza cutter'])).toBe('openimages')
    expect(vocabularyOf(['Person', 'Mouse'])).toBeUndefined()
    expect([vocabularyOf(null), vocabularyOf([])]).toEqual([undefined, undefined])
    const own = [...coco80, 'hard hat']
    expect([vocabularyOf(own), vocabularyOf(own)]).toEqual([undefined, undefined])
  })

  it("have Open Images' classes where its detectors say them", () => {
    const at = { 0: 'Tortoise', 68: 'Person', 121: 'Cat', 404: 'Handbag', 467: 'Airplane', 570: 'Car', 600: 'Helmet' }
    const places = Object.keys(at).map(Number)
    expect(Object.fromEntries(places.map((index) => [index, openimages[index]]))).toEqual(at)
  })
})

describeWithReference('coco80 against the published list', ['models/vocabularies/coco80.names'], () => {
  it('has the same names in the same order', () => {
    const names = readFileSync(referencePath('models/vocabularies/coco80.names'), 'utf8').trim().split('\n')
    expect(coco80).toEqual(names)
  })
})

const lvisCategories = 'models/vocabularies/lvis_v1_train_cat_info.json'

describeWithReference('lvis against the published list', [lvisCategories], () => {
  it('has the same names in the order of their ids', () => {
    const categories: { id: number; name: string }[] = JSON.parse(readFileSync(referencePath(lvisCategories), 'utf8'))
    expect(categories.map(({ id }) => id)).toEqual(lvis.map((_, index) => index + 1))
    expect(categories.map(({ name }) => name)).toEqual(lvis)
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
  })
})
