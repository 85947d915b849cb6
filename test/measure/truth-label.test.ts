import { expect, test } from 'vitest'
import type { Box } from '../../schemas/geometry.js'
import { cocoFigures, judge, precisionRecall, truthLabel } from '../../src/measure/index.js'

const box: Box = [0, 0, 40, 40]

test('a label counts as itself, else as the nearest wider one that was looked for', () => {
  expect(truthLabel('man', new Set(['person', 'man']))).toBe('man')
  expect(truthLabel('man', new Set(['person']))).toBe('person')
  expect(truthLabel('man', new Set(['dog']))).toBe('man')
  expect(truthLabel('person', new Set(['man']))).toBe('person')
})

test('a man is a hit on a person, a person none on a man', () => {
  const figuresOf = (said: string, known: string) => {
    const truth = {
      images: ['a'],
      labels: new Set([known]),
      boxes: [{ image: 'a', label: known, box, is_group: false }],
    }
    const detections = [{ image: 'a', label: said, box, score: 0.9 }]
    return { ap: cocoFigures(truth, detections).ap, ...precisionRecall(judge(truth, detections)) }
  }
  expect(figuresOf('man', 'person')).toMatchObject({ ap: 1, hits: 1, detections: 1 })
  expect(figuresOf('person', 'man')).toMatchObject({ ap: 0, hits: 0, detections: 0 })
})
