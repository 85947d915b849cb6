import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/models/sessions/tensor.js'
import { decodeOutputs } from '../../../workers/detect/decode-outputs.js'
import { detect } from '../../../workers/detect/index.js'
import type { DetectOptions } from '../../../workers/detect/options.js'

const input = { size: 64, resize: 'stretch', order: 'RGB' }
const twoClasses = { classes: 2 }

function options(decoder: DetectOptions['decoder'], more: Record<string, unknown> = {}): DetectOptions {
  return detect.options.parse({ decoder, input, nms_iou: null, ...more })
}

/** A tensor of zeros, or of `fill`, with single values set at their indices. */
function tensor(dims: readonly number[], values: readonly (readonly [number[], number])[], fill = 0): Tensor {
  const data = new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(fill)
  for (const [index, value] of values) data[index.reduce((at, i, axis) => at * (dims[axis] ?? 0) + i, 0)] = value
  return { type: 'float32', data, dims }
}

describe('gfl', () => {
  // Cell (x 5, y 2) of the 8x8 cells at stride 8, centre (44, 20).
  const cell = 2 * 8 + 5
  const gfl = options('gfl', { strides: [8] })

  it('takes the mean of each distance distribution, in strides from the centre of the cell', () => {
    const classes = tensor([1, 64, 2], [[[0, cell, 1], 0.75]])
    // Bins 0..3: all weight on one bin for left, top and right; bottom is even, so its mean is 1.5.
    const distances = tensor(
      [1, 64, 16],
      [
        [[0, cell, 1], 50],
        [[0, cell, 4 + 2], 50],
        [[0, cell, 8 + 3], 50],
      ],
    )
    const [found, ...others] = decodeOutputs({ b: distances, a: classes }, gfl, twoClasses)
    expect(others).toEqual([])
    expect(found).toMatchObject({ label: 1, score: 0.75 })
    for (const [side, value] of [
      ['x1', 36],
      ['y1', 4],
      ['x2', 68],
      ['y2', 32],
    ] as const) {
      expect(found?.[side]).toBeCloseTo(value, 6)
    }
  })

  it('applies the sigmoid where it is asked for, and says so where it is missing', () => {
    const outputs = { a: tensor([1, 64, 2], [[[0, cell, 0], 2]], -20), b: tensor([1, 64, 16], []) }
    const [found] = decodeOutputs(outputs, options('gfl', { strides: [8], logits: true }), twoClasses)
    expect(found?.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
    expect(() => decodeOutputs(outputs, gfl, twoClasses)).toThrow(/score of 2.*logits/)
  })

  it('names the outputs there are when one is missing', () => {
    const outputs = { scores: tensor([1, 64, 3], []), boxes: tensor([1, 64, 16], []) }
    expect(() => decodeOutputs(outputs, gfl, twoClasses)).toThrow(
      /class scores at stride 8 of shape \[1, 64, 2\].*scores float32\[1, 64, 3\]/,
    )
  })
})

describe('yolox', () => {
  const yolox = options('yolox', { strides: [16, 32] })

  it('decodes the grid of each stride; score is objectness times class', () => {
    const row = 16 + 3
    const rows = tensor(
      [1, 20, 7],
      [
        // Cell (1, 1) at stride 32: centre ((1 + .5) * 32, (1 + .25) * 32), size e^0 * 32 by e^ln2 * 32.
        [[0, row, 0], 0.5],
        [[0, row, 1], 0.25],
        [[0, row, 3], Math.log(2)],
        [[0, row, 4], 0.5],
        [[0, row, 6], 0.5],
      ],
    )
    const [found, ...others] = decodeOutputs({ output: rows }, yolox, twoClasses)
    expect(others).toEqual([])
    expect(found).toMatchObject({ label: 1, score: 0.25, x1: 32, x2: 64 })
    expect(found?.y1).toBeCloseTo(8, 5)
    expect(found?.y2).toBeCloseTo(72, 5)
  })

  it('refuses rows that are not those of its strides', () => {
    const rows = tensor([1, 21, 7], [])
    expect(() => decodeOutputs({ output: rows }, yolox, twoClasses)).toThrow(/21 rows.*16, 32 has 20/)
  })
})

describe('deim', () => {
  const deim = options('deim')
  const boxes = tensor(
    [1, 3, 4],
    [
      [[0, 1, 0], 5],
      [[0, 1, 1], 6],
      [[0, 1, 2], 7],
      [[0, 1, 3], 9],
    ],
  )
  const scores = tensor([1, 3], [[[0, 1], 0.5]])

  it('takes the queries above the threshold as they are', () => {
    const labels: Tensor = { type: 'int64', data: BigInt64Array.of(0n, 1n, 0n), dims: [1, 3] }
    expect(decodeOutputs({ labels, boxes, scores }, deim, twoClasses)).toEqual([
      { label: 1, score: 0.5, x1: 5, y1: 6, x2: 7, y2: 9 },
    ])
  })

  it('refuses a class beyond the vocabulary', () => {
    const labels: Tensor = { type: 'int64', data: BigInt64Array.of(0n, 90n, 0n), dims: [1, 3] }
    expect(() => decodeOutputs({ labels, boxes, scores }, deim, twoClasses)).toThrow(/class 90.*2 labels/)
  })
})

describe('centernet', () => {
  const distances = tensor(
    [1, 4, 16, 16],
    [
      [[0, 0, 3, 4], 6],
      [[0, 1, 3, 4], 7],
      [[0, 2, 3, 4], 8],
      [[0, 3, 3, 4], 9],
    ],
  )

  it('takes local maxima, and distances from the corner of the cell', () => {
    const heatmap = tensor(
      [1, 2, 16, 16],
      [
        [[0, 1, 3, 4], 0.75],
        // A neighbour of the same class that is not a peak, and one of the other class that is.
        [[0, 1, 4, 5], 0.5],
        [[0, 0, 3, 5], 0.25],
      ],
    )
    const found = decodeOutputs({ keypoints: heatmap, wh: distances }, options('centernet'), twoClasses)
    expect(found).toEqual([
      { label: 0, score: 0.25, x1: 20, y1: 12, x2: 20, y2: 12 },
      { label: 1, score: 0.75, x1: 10, y1: 5, x2: 24, y2: 21 },
    ])
  })

  it('finds peaks in the corners and does not look across the edges', () => {
    const heatmap = tensor(
      [1, 2, 16, 16],
      [
        [[0, 0, 0, 0], 0.5],
        [[0, 0, 15, 15], 0.5],
        // Next to each other in memory, not in the picture.
        [[0, 0, 4, 15], 0.5],
        [[0, 0, 5, 0], 0.75],
      ],
    )
    const found = decodeOutputs({ keypoints: heatmap, wh: distances }, options('centernet'), twoClasses)
    expect(found.map(({ x1, y1 }) => [x1, y1])).toEqual([
      [0, 0],
      [60, 16],
      [0, 20],
      [60, 60],
    ])
  })
})

describe('fastestdet', () => {
  it('decodes offset and size of the best class of a cell', () => {
    const grid = tensor(
      [1, 7, 4, 4],
      [
        [[0, 0, 1, 2], 0.5],
        [[0, 1, 1, 2], Math.atanh(0.5)],
        [[0, 6, 1, 2], 0.25],
        [[0, 5, 1, 2], 0.125],
      ],
    )
    const [found, ...others] = decodeOutputs({ out: grid }, options('fastestdet'), twoClasses)
    expect(others).toEqual([])
    // Centre ((2 + .5) / 4, 1 / 4), half the input wide and high.
    expect(found?.label).toBe(1)
    expect(found?.score).toBeCloseTo(0.5 ** 0.6 * 0.25 ** 0.4, 6)
    for (const [side, value] of [
      ['x1', 24],
      ['y1', 0],
      ['x2', 56],
      ['y2', 32],
    ] as const) {
      expect(found?.[side]).toBeCloseTo(value, 4)
    }
  })
})
