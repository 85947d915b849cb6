import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxLocations, dequantize, pointsOf, quadLocations, quantize } from '../../../schemas/florence2/quantizer.js'
import { parseTaskName, taskPrompt } from '../../../schemas/florence2/tasks.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

const file = 'golden/florence2/quantizer.json'
const casesFile = 'golden/florence2/cases.json'

const allBins = Array.from({ length: 1000 }, (_, bin) => bin)

interface Vector {
  readonly size: [number, number]
  readonly bins: number[]
  readonly note: string
}

describeWithReference('coordinates become places as in the reference', [file], () => {
  const golden = JSON.parse(readFileSync(referencePath(file), 'utf8')) as {
    quantize: (Vector & { values: number[]; text: string })[]
    dequantize: (Vector & { float: number[] })[]
  }

  it('there', () => {
    for (const { values, size, bins, text, note } of golden.quantize) {
      const found = values.map((value, at) => quantize(value, size[at % 2] ?? 0))
      expect(found, note).toEqual(bins)
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = values
      if (values.length === 4 && text !== undefined) {
        expect(boxLocations([x1, y1, x2, y2], { width: size[0], height: size[1] })).toBe(text)
      }
    }
  })

  it('and back', () => {
    for (const { bins, size, float } of golden.dequantize) {
      pointsOf(bins, { width: size[0], height: size[1] }).forEach((value, at) => {
        const reference = float[at] ?? Number.NaN
        expect(Math.abs(value - reference)).toBeLessThanOrEqual(Math.max(1e-6 * Math.abs(reference), 1e-6))
      })
    }
  })
})

describeWithReference('prompts are those of the reference', [casesFile], () => {
  const { images } = JSON.parse(readFileSync(referencePath(casesFile), 'utf8')) as {
    images: { results: { task: string; input: string; prompt: string }[] }[]
  }
  it.each(images.flatMap(({ results }) => results).map(({ task, input, prompt }) => [task, input, prompt] as const))(
    '%s %s',
    (task, input, prompt) => {
      expect(taskPrompt(parseTaskName(task), input === '' ? undefined : input)).toBe(prompt)
    },
  )
})

describe('places and prompts', () => {
  it('the middle of a place lies in it, at every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (size) => {
        const wrong = allBins.filter((bin) => quantize(dequantize(bin, size), size) !== bin)
        expect(wrong).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('a quad is eight locations', () => {
    const quad = [0, 0, 10, 0, 10, 5, 0, 5]
    expect(quadLocations(quad, { width: 10, height: 10 })).toBe(
      '<loc_0><loc_0><loc_999><loc_0><loc_999><loc_500><loc_0><loc_500>',
    )
  })

  it.each([
    ['OD', 'a dog', /OD takes no input/],
    ['REFERRING_EXPRESSION_SEGMENTATION', undefined, /needs a text/],
    ['REGION_TO_OCR', 'the sign', /which is not four locations/],
    ['REGION_TO_OCR', '', /needs a region/],
    ['REGION_TO_OCR', '<loc_1><loc_2><loc_3><loc_1000>', /which is not four locations/],
    // No token of the vocabulary.
    ['REGION_TO_OCR', '<loc_1><loc_2><loc_3><loc_04>', /which is not four locations/],
    ['OPEN_VOCABULARY_DETECTION', '\x1c \x85', /needs a text/],
  ] as const)('%s with the input %j is refused', (task, input, message) => {
    expect(() => taskPrompt(task, input)).toThrow(message)
  })

  it('an input loses the white space at its ends as in the reference, which keeps a byte order mark', () => {
    expect(taskPrompt('CAPTION_TO_PHRASE_GROUNDING', '\x1f a dog\u0085\n')).toBe(
      'Locate the phrases in the caption: a dog',
    )
    expect(taskPrompt('OPEN_VOCABULARY_DETECTION', '\ufeffdog ')).toBe('Locate \ufeffdog in the image.')
  })

  it('what is no number, a side without a length and a quad of other than eight numbers have no place', () => {
    expect(() => quantize(Number.NaN, 10)).toThrow(/a coordinate of NaN on a side of 10 pixels/)
    expect(() => quantize(1, 0)).toThrow(/a coordinate of 1 on a side of 0 pixels/)
    expect(() => quadLocations([1, 2, 3, 4], { width: 10, height: 10 })).toThrow(
      /a quad is eight numbers; this one has 4/,
    )
    expect([quantize(Number.POSITIVE_INFINITY, 10), quantize(Number.NEGATIVE_INFINITY, 10)]).toEqual([999, 0])
  })

  it('an input is put in as it is, dollar signs too', () => {
    expect(taskPrompt('CAPTION_TO_PHRASE_GROUNDING', "a $& sign for $1 and $'5")).toBe(
      "Locate the phrases in the caption: a $& sign for $1 and $'5",
    )
  })
})
