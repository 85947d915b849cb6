import { describe, expect, it } from 'vitest'
import { parseLabelRows } from '../../../schemas/vocabularies/label-row.js'

describe('parseLabelRows', () => {
  it('reads names, synonyms by source, homonyms and parents', () => {
    const outline = `
vehicle
  car = auto, motor car ; voc: automobile ; lvis: car (automobile)
    taxi < public transport, hired thing
  mouse car ; in openimages: mouse
animal
`
    const synonyms = { auto: 'common', 'motor car': 'common', automobile: 'voc', 'car (automobile)': 'lvis' }
    expect(parseLabelRows(outline)).toEqual([
      { name: 'vehicle', parents: [], synonyms: {}, homonyms: {} },
      { name: 'car', parents: ['vehicle'], synonyms, homonyms: {} },
      { name: 'taxi', parents: ['car', 'public transport', 'hired thing'], synonyms: {}, homonyms: {} },
      { name: 'mouse car', parents: ['vehicle'], synonyms: {}, homonyms: { openimages: ['mouse'] } },
      { name: 'animal', parents: [], synonyms: {}, homonyms: {} },
    ])
  })

  it('refuses a line that stands nowhere or says what it does not know', () => {
    expect(() => parseLabelRows('a\n    b')).toThrow(/line "b": its indentation/)
    expect(() => parseLabelRows('a\n b')).toThrow(/line "b": its indentation/)
    expect(() => parseLabelRows('a ; imagenet: b')).toThrow(/"imagenet" is none of coco, voc/)
    expect(() => parseLabelRows('a ; in coco91: b')).toThrow(/"in coco91" is none of/)
    expect(() => parseLabelRows('a < b < c')).toThrow(/two lists of parents/)
  })
})
