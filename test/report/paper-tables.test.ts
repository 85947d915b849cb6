import { describe, expect, test } from 'vitest'
import { annotationSection, gatherAnnotations } from '../../src/report/annotation-statistics.js'
import { coverageSection, gatherCoverage } from '../../src/report/spatial-coverage.js'
import { gatherSemantics, semanticsSection } from '../../src/report/text-semantics.js'
import { regionRow, shardOf, textRow, tripletRow } from './small-shard.js'

describe('table 2', () => {
  const gatherer = gatherAnnotations()
  gatherer.add(
    shardOf({
      text: [
        textRow({ text_id: 'a/brief0', tokens: 4 }),
        textRow({ text_id: 'a/brief1', tokens: 6 }),
        textRow({ text_id: 'b/detailed0', image_id: 'b', granularity: 'detailed', tokens: 30 }),
      ],
      region_text: [
        regionRow({ phrase: 'dog', brief_text: 'a small brown dog' }),
        regionRow({ phrase: 'traffic light', region_id: 'a/r1' }),
        regionRow({ image_id: 'b', kind: 'text', label: null, phrase: 'NO ENTRY, 24 h!' }),
      ],
      phrase_region: [
        tripletRow({ text_id: 'a/brief1', phrase: 'a dog' }),
        tripletRow({ text_id: 'a/brief1', phrase: 'a dog', region_id: 'a/r1' }),
        tripletRow({ text_id: 'a/brief1', phrase: 'the long street' }),
      ],
    }),
  )
  // The same text id in another shard is another text.
  gatherer.add(shardOf({ text: [textRow({ tokens: 5 })], phrase_region: [tripletRow({ phrase: 'dog' })] }))
  const of = (type: string) => gatherer.figures().find((each) => each.type === type)

  test('counts texts and their words', () => {
    expect(of('text brief')).toMatchObject({ image_annotations: 3, tokens: 5, regions: null, regional_tokens: null })
    expect(of('text detailed')).toMatchObject({ image_annotations: 1, tokens: 30 })
    expect(of('text more_detailed')).toMatchObject({ image_annotations: 0, tokens: null })
  })

  test('counts images with regions, regions, and the words of their texts', () => {
    expect(of('region_text phrase')).toEqual({
      type: 'region_text phrase',
      image_annotations: 2,
      tokens: null,
      regions: 3,
      regions_per_annotation: 1.5,
      // dog, traffic light, NO ENTRY 24 h
      regional_tokens: (1 + 2 + 4) / 3,
    })
    expect(of('region_text brief')).toMatchObject({ image_annotations: 1, regions: 1, regional_tokens: 4 })
  })

  test('counts texts with triplets, pairs of phrase and region, and the words of phrases', () => {
    expect(of('triplet brief')).toEqual({
      type: 'triplet brief',
      image_annotations: 2,
      tokens: (6 + 5) / 2,
      regions: 4,
      regions_per_annotation: 2,
      regional_tokens: (2 + 2 + 3 + 1) / 4,
    })
    expect(of('triplet detailed')).toMatchObject({ image_annotations: 0, regions: 0, regions_per_annotation: null })
  })

  test("stands beside FLD-5B's", () => {
    const [table] = annotationSection(gatherer.figures(), 4).tables
    expect(table?.rows[0]).toEqual([
      'text, brief',
      { value: '3', beside: '235 M' },
      { value: '0.75', beside: '1.87' },
      { value: '5.00', beside: '7.95' },
      null,
      null,
      null,
    ])
  })
})

describe('table 3', () => {
  test('takes means over the texts that have the figure, and tells those that have not', () => {
    const gatherer = gatherSemantics()
    gatherer.add(
      shardOf({ text: [textRow({ objects: 2, actions: 0 }), textRow({ objects: 5, actions: 1 }), textRow({})] }),
    )
    const [brief] = gatherer.figures()
    expect(brief?.texts).toBe(3)
    const of = (name: string) => brief?.measures.find(({ measure }) => measure === name)
    expect(of('objects')).toEqual({ measure: 'objects', mean: 3.5, missing: 1 })
    expect(of('actions')).toEqual({ measure: 'actions', mean: 0.5, missing: 1 })
    expect(of('proper_nouns')).toEqual({ measure: 'proper_nouns', mean: null, missing: 3 })
    const [table] = semanticsSection(gatherer.figures()).tables
    expect(table?.notes?.at(-1)).toBe(
      'Not known, and left out of the means: objects, actions of 1 of 3 brief texts; attributes, proper nouns, object complexity, action complexity of all 3 brief texts.',
    )
    expect(table?.rows[0]?.[5]).toEqual({ value: null, beside: '1.10' })
  })
})

describe('figure 5', () => {
  const gatherer = gatherCoverage()
  // Images are 200 x 100: half the width and half the height is a quarter of the area, centred at (.25, .75).
  gatherer.add(shardOf({ region_text: [regionRow({ x1: 0, y1: 50, x2: 100, y2: 100 })] }))
  const [regions, triplets] = gatherer.figures()

  test('has the square root of the share of the area, ln of the aspect ratio, and the cell of the centre', () => {
    expect(regions?.boxes).toBe(1)
    expect(regions?.size.sum).toBeCloseTo(0.5)
    expect(regions?.aspect.sum).toBeCloseTo(Math.log(2))
    const cell = regions?.centres.indexOf(1) ?? -1
    expect([Math.floor(cell / 20), cell % 20]).toEqual([15, 5])
    expect(regions?.centres.reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  test('says so where a type has no boxes', () => {
    expect(triplets?.boxes).toBe(0)
    const section = coverageSection(gatherer.figures())
    expect(section.paragraphs.at(-1)).toBe('There are no text-phrase-region triplets.')
    expect(section.plots).toHaveLength(3)
  })

  test('refuses a box of an image that its shard does not have', () => {
    expect(() => gatherCoverage().add(shardOf({ region_text: [regionRow({ image_id: 'c' })] }))).toThrow(/image c/)
  })
})
