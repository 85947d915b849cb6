import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalLabel,
  isKnownLabel,
  labelTable,
  normaliseLabel,
  openimages,
  vocabularyNames,
  wider,
} from '../../../schemas/vocabularies/index.js'

const names = labelTable.flatMap((row) => [row.name, ...Object.keys(row.synonyms)])
const anyName = fc.constantFrom(...names)

/** The canonical label and all that is wider. */
const meanings = (label: string): string[] => [canonicalLabel(label), ...wider(canonicalLabel(label))]

describe('canonicalLabel', () => {
  it("leads the names of common detectors to COCO's", () => {
    const voc = ['aeroplane', 'motorbike', 'diningtable', 'pottedplant', 'sofa', 'tvmonitor']
    const expected = ['airplane', 'motorcycle', 'dining table', 'potted plant', 'couch', 'tv']
    expect(voc.map((name) => canonicalLabel(name))).toEqual(expected)
    expect(['Monitor/TV', 'Hair Dryer', 'Handbag/Satchel', 'cell_phone'].map((name) => canonicalLabel(name))).toEqual([
      'tv',
      'hair drier',
      'handbag',
      'cell phone',
    ])
  })

  it.each([
    ['person', 'man woman boy girl child kid baby toddler lady guy gentleman player skier surfer rider people'],
    ['bird', 'duck goose seagull pigeon owl'],
    ['dog', 'puppy poodle dalmatian'],
    ['car', 'sedan limousine taxi suv jeep'],
    ['truck', 'pickup lorry firetruck'],
    ['airplane', 'plane jet airliner'],
    ['motorcycle', 'motorbike moped'],
    ['sports ball', 'ball football basketball volleyball baseball'],
    ['cup', 'mug teacup'],
    ['tv', 'television monitor'],
    ['cell phone', 'phone cellphone smartphone'],
    ['refrigerator', 'fridge'],
    ['skis', 'ski skis'],
    ['scissors', 'scissor scissors'],
    ['knife', 'knives pocketknife'],
    ['bicycle', 'bike'],
    ['donut', 'doughnut'],
  ])('leads everyday words to %s', (label, words) => {
    for (const word of words.split(' ')) expect(meanings(word)).toContain(label)
  })

  it('keeps apart what only shares a word', () => {
    for (const word of ['van', 'plant', 'table', 'glass', 'animal', 'racket']) {
      expect(canonicalLabel(word)).toBe(word)
    }
    expect(meanings('van')).not.toContain('car')
    expect(meanings('teddy bear')).not.toContain('bear')
    expect(meanings('hot dog')).not.toContain('dog')
    expect(meanings('baseball glove')).not.toContain('baseball')
    expect(meanings('computer mouse')).not.toContain('animal')
    expect(meanings('bow tie')).toContain('tie')
  })

  it('reads a homonym as the vocabulary means it, and without one as everyday English does', () => {
    expect([
      canonicalLabel('Mouse', 'openimages'),
      canonicalLabel('Mouse', 'objects365'),
      canonicalLabel('Mouse'),
    ]).toEqual(['mouse (animal)', 'mouse', 'mouse'])
    expect([canonicalLabel('nut', 'lvis'), canonicalLabel('Nuts', 'objects365')]).toEqual(['nut (hardware)', 'nut'])
    expect([canonicalLabel('pepper', 'lvis'), canonicalLabel('Pepper', 'objects365')]).toEqual(['peppercorn', 'pepper'])
    expect([canonicalLabel('French', 'objects365'), canonicalLabel('Soccer', 'objects365')]).toEqual([
      'french horn',
      'soccer ball',
    ])
    expect([canonicalLabel('Bat', 'openimages'), canonicalLabel('bat')]).toEqual(['bat (animal)', 'baseball bat'])
  })

  it('reads the shorter names of Open Images V4 and V5 as the longer ones of V6', () => {
    const shorter =
      `Organ, Egg, Bat, Drill, Dairy, Ratchet, Volleyball, Horn, Jaguar, Lavender, Pitcher, Lifejacket, Nail,
      Asparagus, Squash, Sunflower`.split(/,\s+/)
    const longer = `Organ (Musical Instrument), Egg (Food), Bat (Animal), Drill (Tool), Dairy Product, Ratchet (Device),
      Volleyball (Ball), French horn, Jaguar (Animal), Lavender (Plant), Pitcher (Container), Personal flotation device,
      Nail (Construction), Garden Asparagus, Squash (Plant), Common sunflower`.split(/,\s+/)
    expect(longer.filter((name) => !openimages.includes(name))).toEqual([])
    const labels = (names: readonly string[]) => names.map((name) => canonicalLabel(name, 'openimages'))
    expect(labels(shorter)).toEqual(labels(longer))
  })

  it('leaves a label that it does not know its own name', () => {
    expect(canonicalLabel('  Unheard_Of-Thing ')).toBe('unheard of thing')
    expect(canonicalLabel('constructor')).toBe('constructor')
    expect([isKnownLabel('constructor'), isKnownLabel('Person'), isKnownLabel('person')]).toEqual([false, false, true])
  })

  it('gives a known label for every name, however it is spelled, and stays there', () => {
    const spelled = fc.tuple(anyName, fc.boolean(), fc.constantFrom(' ', '_', '-', '  '))
    fc.assert(
      fc.property(spelled, ([name, loud, separator]) => {
        const label = canonicalLabel(loud ? name.toUpperCase().replaceAll(' ', separator) : name)
        expect(label).toBe(canonicalLabel(name))
        expect(isKnownLabel(label)).toBe(true)
        expect(canonicalLabel(label)).toBe(label)
      }),
    )
  })

  it('means one thing for any text, normalised or not, in every vocabulary', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(undefined, ...vocabularyNames), (text, vocabulary) => {
        expect(canonicalLabel(text, vocabulary)).toBe(canonicalLabel(normaliseLabel(text), vocabulary))
      }),
    )
  })
})

describe('wider', () => {
  it('gives what is above, nearest first', () => {
    expect(wider('limousine')).toEqual(['car', 'motor vehicle', 'land vehicle', 'vehicle'])
    expect(wider('knife')).toEqual(['tableware', 'kitchen utensil', 'weapon', 'kitchenware', 'tool'])
    expect([wider('person'), wider('no such label')]).toEqual([[], []])
  })

  it('holds a label never, everything above its members, and only known labels', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const label = canonicalLabel(name)
        const above = wider(label)
        expect(above).not.toContain(label)
        expect(new Set(above).size).toBe(above.length)
        for (const each of above) {
          expect(isKnownLabel(each)).toBe(true)
          for (const further of wider(each)) expect(above).toContain(further)
        }
      }),
    )
  })
})
