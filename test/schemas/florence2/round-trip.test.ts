import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Florence2Answer } from '../../../schemas/florence2/answer.js'
import { parseAnswer } from '../../../schemas/florence2/parse.js'
import { dequantize, type ImageSize, quantize } from '../../../schemas/florence2/quantizer.js'
import { serializeAnswer } from '../../../schemas/florence2/serialize.js'
import { type Florence2Task, florence2Tasks } from '../../../schemas/florence2/tasks.js'
import { phraseBlacklist } from '../../../schemas/phrase-blacklist.js'

const sizes = fc.record({ width: fc.integer({ min: 1, max: 5000 }), height: fc.integer({ min: 1, max: 5000 }) })
const share = fc.double({ min: 0, max: 1, noNaN: true })
const words = fc.constantFrom('dog', 'a red car', 'traffic light', "it's", '50%', 'x>y', 'the', 'loc_5>', 'ab cd, ef')
const accented = fc.constantFrom('café', '東京', 'Straße', '🙂', 'naïve façade')
const locations = { first: 0, count: 0 }

function points(pairs: number, size: ImageSize) {
  return fc
    .array(share, { minLength: pairs * 2, maxLength: pairs * 2 })
    .map((shares) => shares.map((value, at) => value * (at % 2 === 0 ? size.width : size.height)))
}

function answers(task: Florence2Task, size: ImageSize): fc.Arbitrary<Florence2Answer> {
  const label = words.filter((word) => task !== 'CAPTION_TO_PHRASE_GROUNDING' || !phraseBlacklist.includes(word))
  const box = points(2, size).map(([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) => [x1, y1, x2, y2] as const)
  const boxes = (labels: fc.Arbitrary<string>) =>
    fc.array(fc.record({ label: labels, box, locations: fc.constant(locations) }), { maxLength: 5 })
  const outlines = fc.array(
    fc.integer({ min: 3, max: 6 }).chain((pairs) => points(pairs, size)),
    { minLength: 1, maxLength: 3 },
  )
  const instances = (labels: fc.Arbitrary<string>, fewest: number) =>
    fc.array(fc.record({ label: labels, polygons: outlines, locations: fc.constant(locations) }), {
      minLength: fewest,
      maxLength: 3,
    })
  switch (task) {
    case 'OD':
    case 'DENSE_REGION_CAPTION':
    case 'CAPTION_TO_PHRASE_GROUNDING':
      return boxes(label).map((each) => ({ kind: 'boxes', boxes: each }))
    case 'REGION_PROPOSAL':
      return boxes(fc.constant('')).map((each) => ({ kind: 'boxes', boxes: each }))
    case 'OCR_WITH_REGION':
      return fc
        .array(
          fc.record({
            label: fc.oneof(words, accented, fc.constant('a < b')),
            quad: points(4, size),
            locations: fc.constant(locations),
          }),
          { maxLength: 4 },
        )
        .map((quads) => ({ kind: 'quads', quads }))
    case 'REFERRING_EXPRESSION_SEGMENTATION':
    case 'REGION_TO_SEGMENTATION':
      return instances(fc.constant(''), 0).map((each) => ({ kind: 'polygons', instances: each }))
    case 'OPEN_VOCABULARY_DETECTION':
      return fc.oneof(
        boxes(label).map((each): Florence2Answer => ({ kind: 'boxes_or_polygons', boxes: each, instances: [] })),
        instances(fc.oneof(words, accented), 1).map(
          (each): Florence2Answer => ({ kind: 'boxes_or_polygons', boxes: [], instances: each }),
        ),
      )
    default:
      return fc.oneof(words, accented, fc.constant('')).map((text) => ({ kind: 'text', text }))
  }
}

/** Coordinates in the middle of their places, locations left out. */
function quantized(value: unknown, size: ImageSize): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || typeof value[0] !== 'number') return value.map((each) => quantized(each, size))
    return value.map((number: number, at) => {
      const side = at % 2 === 0 ? size.width : size.height
      return dequantize(quantize(number, side), side)
    })
  }
  if (value === null || typeof value !== 'object') return value
  const fields = Object.entries(value).filter(([key]) => key !== 'locations')
  return Object.fromEntries(fields.map(([key, field]) => [key, quantized(field, size)]))
}

const square: ImageSize = { width: 10, height: 10 }
const hostile = [
  ...['a', 'I', 'the', 'é', ' ', '\n', '\r', '\x1c', '\x85', '\u2028', '\ufeff', '\ud83d', '>', '<', '</', 'loc_', '5'],
  ...['<loc_5>', '<loc_٣>', '<s>', '</s>', '<pad>', '<poly>', '</poly>', '<sep>', '<od>', 'poly>', 'pad>', 's>'],
]

function labelled(one: string, other: string): Florence2Answer[] {
  const box = [1, 2, 3, 4] as const
  const boxes = [one, other].map((label) => ({ label, box, locations }))
  const quads = [one, other].map((label) => ({ label, quad: [1, 1, 5, 1, 5, 5, 1, 5], locations }))
  const instances = [one, other].map((label) => ({ label, polygons: [[1, 1, 5, 1, 5, 5]], locations }))
  return [
    { kind: 'text', text: one },
    { kind: 'boxes', boxes },
    { kind: 'quads', quads },
    { kind: 'polygons', instances },
    { kind: 'boxes_or_polygons', boxes, instances: [] },
    { kind: 'boxes_or_polygons', boxes: [], instances },
  ]
}

function writtenOrNull(task: Florence2Task, answer: Florence2Answer): string | null {
  try {
    return serializeAnswer(task, answer, square)
  } catch (error) {
    expect(error).toMatchObject({ code: 'config_invalid' })
    return null
  }
}

describe('what is written is read back', () => {
  it.each(florence2Tasks)('%s', (task) => {
    const asked = sizes.chain((size) => answers(task, size).map((answer) => ({ size, answer })))
    fc.assert(
      fc.property(asked, ({ size, answer }) => {
        const text = serializeAnswer(task, answer, size)
        const read = parseAnswer(task, text, size)
        expect(quantized(read, size)).toEqual(quantized(answer, size))
        expect(parseAnswer(task, `</s><s>${text}</s>`, size)).toEqual(read)
      }),
    )
  })

  it.each([
    ['OD', 'a < b'],
    ['OD', ' dog'],
    ['OD', ''],
    ['OD', 'café'],
    ['DENSE_REGION_CAPTION', 'two\nlines'],
    ['CAPTION_TO_PHRASE_GROUNDING', 'it'],
    ['CAPTION_TO_PHRASE_GROUNDING', 'I'],
    ['REGION_PROPOSAL', 'dog'],
  ] as const)('%s with the label %j is refused', (task, label) => {
    const box = [0, 0, 5, 5] as const
    const answer: Florence2Answer = { kind: 'boxes', boxes: [{ label, box, locations }] }
    expect(() => serializeAnswer(task, answer, { width: 10, height: 10 })).toThrow(
      /cannot be written as part of an answer/,
    )
  })

  it.each(['', ' STOP', 'two\nlines', 'a<loc_5>', '<s>', 'a<pad>b', '\ud83d'])(
    'a line of text that is %j is refused',
    (label) => {
      const answer: Florence2Answer = { kind: 'quads', quads: [{ label, quad: [0, 0, 5, 0, 5, 5, 0, 5], locations }] }
      expect(() => serializeAnswer('OCR_WITH_REGION', answer, { width: 10, height: 10 })).toThrow(
        /cannot be written as part of an answer to OCR_WITH_REGION/,
      )
    },
  )

  it('a coordinate that is no number is refused', () => {
    const answer: Florence2Answer = { kind: 'boxes', boxes: [{ label: 'dog', box: [0, 0, Number.NaN, 5], locations }] }
    expect(() => serializeAnswer('OD', answer, { width: 10, height: 10 })).toThrow(/a coordinate of NaN/)
  })

  it('a label is refused, or read back: whatever it holds', () => {
    const odd = fc.string({ unit: fc.constantFrom(...hostile), maxLength: 4 })
    fc.assert(
      fc.property(odd, odd, fc.constantFrom(...florence2Tasks), (one, other, task) => {
        for (const answer of labelled(one, other)) {
          const text = writtenOrNull(task, answer)
          if (text === null) continue
          expect(quantized(parseAnswer(task, text, square), square)).toEqual(quantized(answer, square))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('locations of each part are counted through the text', () => {
    const answer = parseAnswer('OD', 'dog<loc_1><loc_2><loc_3><loc_4>cat<loc_5><loc_6><loc_7><loc_8><loc_9>', {
      width: 9,
      height: 9,
    })
    expect(answer).toMatchObject({
      boxes: [{ locations: { first: 0, count: 4 } }, { locations: { first: 4, count: 4 } }],
    })
  })

  it('a long text is read at once, whatever it holds', () => {
    const texts = [
      `${'a'.repeat(200_000)}`,
      '<'.repeat(200_000),
      '<loc_1>'.repeat(30_000),
      `a${'<loc_1>'.repeat(8)}`.repeat(9000),
      '<poly>'.repeat(30_000),
      '<sep>a'.repeat(30_000),
    ]
    for (const text of texts) for (const task of florence2Tasks) parseAnswer(task, text, { width: 100, height: 100 })
    // That it ends in the time a test has is what is seen here: patterns that try every beginning would take minutes.
    expect(texts).toHaveLength(6)
  })
})
