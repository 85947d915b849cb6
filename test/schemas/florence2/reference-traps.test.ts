import { describe, expect, it } from 'vitest'
import { parseAnswer } from '../../../schemas/florence2/parse.js'
import { referenceShape } from '../../../schemas/florence2/reference-shape.js'
import type { Florence2Task } from '../../../schemas/florence2/tasks.js'

const size = { width: 1000, height: 1000 }
const box = '<loc_1><loc_2><loc_3><loc_4>'
const quad = `${box}<loc_5><loc_6><loc_7><loc_8>`
const square = '<loc_1><loc_1><loc_9><loc_1><loc_9><loc_9>'

function read(task: Florence2Task, text: string): unknown {
  return referenceShape(parseAnswer(task, text, size))
}

/** What Hugging Face's Florence2PostProcessor (transformers 5.18) says of texts that a translation easily gets wrong. */
describe('as the reference reads it', () => {
  it.each([
    ['it', []],
    ['I', []],
    ['i', ['i']],
    ['my', ['my']],
    ['It', ['It']],
    ['lots', []],
    ['itß', ['it']],
  ])('grounding compares the phrase %j with its list to the letter', (phrase, labels) => {
    expect(read('CAPTION_TO_PHRASE_GROUNDING', `${phrase}${box}`)).toMatchObject({ labels })
  })

  it.each(['<po<pad>ly>', '<po<s>ly>', '</s><s><</s>poly>'])(
    'open vocabulary is read as boxes where %s becomes <poly> by the unwrapping alone',
    (open) => {
      const { bboxes_labels, polygons } = read('OPEN_VOCABULARY_DETECTION', `dog${open}${square}</poly>`) as {
        bboxes_labels: string[]
        polygons: number[][][]
      }
      expect(bboxes_labels).toEqual(['poly>'])
      expect(polygons).toEqual([])
    },
  )

  it.each([
    ['STOP', ['STOP']],
    ['one line\nanother', ['another']],
    ['one\n\nthree', ['three']],
    ['\x1c dashes \x85', ['dashes']],
    ['\ufeff mark', ['\ufeff mark']],
    ['line\u2028separator', ['line\u2028separator']],
    ['<loc_9>x', ['<loc_9>x']],
    ['', []],
    ['line\n', []],
  ])('text before a quad: %j', (text, labels) => {
    expect(read('OCR_WITH_REGION', `${text}${quad}`)).toMatchObject({ labels })
  })

  it('a quad that follows a line break begins one location later, if there is one', () => {
    expect(read('OCR_WITH_REGION', `line\n${quad}<loc_9>`)).toEqual({
      quad_boxes: [[2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]],
      labels: ['<loc_1>'],
    })
  })
})

describe('locations', () => {
  it('of digits of other scripts are numbers', () => {
    expect(read('OD', 'dog<loc_٣><loc_१२><loc_𝟗><loc_߀߂>')).toMatchObject({ bboxes: [[3.5, 12.5, 9.5, 2.5]] })
  })

  it('of a polygon are counted from its first outline to its last', () => {
    const text = `cat<poly>${square}<sep>${square}</poly>dog<poly>${square}</poly>`
    expect(parseAnswer('OPEN_VOCABULARY_DETECTION', text, size)).toMatchObject({
      instances: [{ locations: { first: 0, count: 12 } }, { locations: { first: 12, count: 6 } }],
    })
  })

  it('of quads are counted with those that are text', () => {
    expect(parseAnswer('OCR_WITH_REGION', `a<loc_9>b${quad}c${quad}`, size)).toMatchObject({
      quads: [{ locations: { first: 1, count: 8 } }, { locations: { first: 9, count: 8 } }],
    })
  })
})
