import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxLocations, dequantize, pointsOf, quadLocations, quantize } from '../../../schemas/florence2/quantizer.js'
import { parseTaskName, taskPrompt } from '../../../schemas/florence2/tasks.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

const file = 'golden/florence2/quantizer.json'
const casesFile = 'golden/florence2/cases.json'

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
      fc.property(fc.nat(999), fc.integer({ min: 1, max: 20_000 }), (bin, size) => {
        expect(quantize(dequantize(bin, size), size)).toBe(bin)
      }),
      { numRuns: 2000 },
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
  ] as const)('%s with the input %j is refused', (task, input, message) => {
    expect(() => taskPrompt(task, input)).toThrow(message)
  })

  it('an input is put in as it is, dollar signs too', () => {
    expect(taskPrompt('CAPTION_TO_PHRASE_GROUNDING', "a $& sign for $1 and $'5")).toBe(
      "Locate the phrases in the caption: a $& sign for $1 and $'5",
    )
  })
})
