import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  canonicalClasses,
  canonicalLabel,
  coco80,
  isKnownLabel,
  type LabelRow,
  labelTable,
  labelTableFaults,
  labelTableVersion,
  normaliseLabel,
  vocabulary,
  wider,
} from '../../../schemas/vocabularies/index.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { openimagesHierarchy } from './openimages-hierarchy.js'

const row = (name: string, more: Partial<LabelRow> = {}): LabelRow => ({
  name,
  parents: [],
  synonyms: {},
  homonyms: {},
  ...more,
})

describe('the label table', () => {
  it('is free of faults, and has a version', () => {
    expect(labelTableFaults(labelTable)).toEqual([])
    expect(labelTableVersion).toMatch(/^labels-\d+$/)
  })

  it('calls every class of COCO as COCO does, and has none of them above another', () => {
    expect(coco80.filter((name) => !isKnownLabel(name))).toEqual([])
    expect(coco80.map((name) => canonicalLabel(name))).toEqual(coco80)
    const classes = new Set(coco80)
    expect(coco80.flatMap((name) => wider(name).filter((above) => classes.has(above)))).toEqual([])
  })

  it("has Open Images' hierarchy, apart from the lines that it says why not", () => {
    const label = (name: string): string => canonicalLabel(name, 'openimages')
    const classes = new Set(vocabulary('openimages'))
    const broken: string[] = []
    for (const { parent, children } of openimagesHierarchy) {
      for (const child of children) {
        expect(classes, `${parent}: ${child}`).toContain(child)
        if (!wider(label(child)).includes(label(parent))) broken.push(`${child} < ${parent}`)
      }
      expect(classes).toContain(parent)
    }
    expect(broken.sort()).toEqual([
      'Box < Office supplies',
      'Container < Tool',
      'Frog < Reptile',
      'Poster < Office supplies',
      'Snowplow < Tool',
      'Studio couch < Bed',
      'Teddy bear < Bear',
      'Van < Car',
    ])
  })

  it('says of a name where it was met: in the first data set that has such a class, in none where it is everyday English', () => {
    const sources = {
      coco: 'coco80',
      voc: 'voc21',
      objects365: 'objects365',
      openimages: 'openimages',
      lvis: 'lvis',
    } as const
    const names = (list: readonly string[]): ReadonlySet<string> => new Set(list.map(normaliseLabel))
    const classes = Object.entries(sources).map(([source, name]) => [source, names(vocabulary(name))] as const)
    for (const { synonyms } of labelTable) {
      for (const [synonym, source] of Object.entries(synonyms)) {
        const met = classes.find(([, those]) => those.has(synonym))?.[0]
        if (met !== undefined) expect([synonym, source]).toEqual([synonym, met])
      }
    }
  })
})

const lvisCategories = 'models/vocabularies/lvis_v1_train_cat_info.json'

describeWithReference("the label table against LVIS's synonyms", [lvisCategories], () => {
  const categories: { name: string; synonyms: string[] }[] = JSON.parse(
    readFileSync(referencePath(lvisCategories), 'utf8'),
  )

  it('has marked as met in LVIS what LVIS says, and nothing else', () => {
    const said = new Set(categories.flatMap(({ name, synonyms }) => [name, ...synonyms]).map(normaliseLabel))
    const marks = labelTable.flatMap(({ synonyms }) => Object.entries(synonyms))
    expect(marks.filter(([name, source]) => source === 'lvis' && !said.has(name))).toEqual([])
    expect(marks.filter(([name, source]) => source === 'common' && said.has(name))).toEqual([])
  })

  it('leads a synonym of LVIS to the row of its class, or by everyday use elsewhere', () => {
    const elsewhere = categories.flatMap(({ name, synonyms }) => {
      const label = canonicalLabel(name, 'lvis')
      const others = synonyms
        .map((each) => canonicalLabel(each, 'lvis'))
        .filter((each) => each !== label && isKnownLabel(each))
      return others.map((other) => `${other} for ${label}`)
    })
    expect(elsewhere.sort()).toMatchInlineSnapshot(`
      [
        "baby for person",
        "boy for person",
        "cell phone for telephone",
        "child for person",
        "closet for cupboard",
        "dog collar for choker",
        "double decker bus for bus",
        "game controller for control",
        "girl for person",
        "headphones for earphone",
        "man for person",
        "paper bag for plastic bag",
        "scooter for motor scooter",
        "torch for flashlight",
        "towel bar for towel rack",
        "woman for person",
      ]
    `)
  })
})

describe('labelTableFaults', () => {
  it('names a name in two rows, as a homonym of one vocabulary too', () => {
    expect(labelTableFaults([row('sofa'), row('couch', { synonyms: { sofa: 'voc' } })])).toEqual([
      '"sofa" stands in the rows "sofa" and "couch"',
    ])
    const twice = [row('a', { homonyms: { lvis: ['nut'] } }), row('b', { homonyms: { lvis: ['nut'] } })]
    expect(labelTableFaults(twice)).toEqual(['"lvis: nut" stands in the rows "a" and "b"'])
    expect(labelTableFaults([row('nut'), row('screw nut', { homonyms: { lvis: ['nut'] } })])).toEqual([])
  })

  it('names a spelling that is never looked up, and a parent without a row', () => {
    expect(labelTableFaults([row('Hot-Dog')])).toEqual(['"Hot-Dog" is looked up as "hot dog": write it so'])
    expect(labelTableFaults([row('dog', { parents: ['animal'] })])).toEqual(['the parent "animal" of "dog" has no row'])
  })

  it('names rows that are above themselves', () => {
    const cycle = [row('a', { parents: ['b'] }), row('b', { parents: ['c'] }), row('c', { parents: ['a'] }), row('d')]
    expect(labelTableFaults(cycle)).toEqual(['a', 'b', 'c'].map((name) => `"${name}" is above itself`))
  })
})

describe('canonicalClasses', () => {
  it('gives each class of a vocabulary its label, in order, without what stands for nothing', () => {
    expect(canonicalClasses('voc21').map(({ name }) => name)).toEqual(vocabulary('voc21').slice(1))
    expect(canonicalClasses('openimages').find(({ name }) => name === 'Mouse')?.label).toBe('mouse (animal)')
  })
})
