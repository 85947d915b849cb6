import { describe, expect, it } from 'vitest'
import { boxAsCorners, boxAsPoints, intoFrame } from '../../../workers/segment/box-prompt.js'

const image = { width: 100, height: 80 }

describe('a box as points', () => {
  it('is its centre, and one point outside of each side', () => {
    expect(boxAsPoints([20, 30, 60, 50], image)).toEqual([
      { x: 40, y: 40, label: 1 },
      { x: 16, y: 40, label: 0 },
      { x: 64, y: 40, label: 0 },
      { x: 40, y: 28, label: 0 },
      { x: 40, y: 52, label: 0 },
    ])
  })

  it('has no points outside of the image', () => {
    expect(boxAsPoints([0, 0, 100, 50], image)).toEqual([
      { x: 50, y: 25, label: 1 },
      { x: 50, y: 55, label: 0 },
    ])
  })

  it('keeps its outer points a pixel away at least', () => {
    expect(boxAsPoints([50, 40, 52, 42], image).map(({ x, y }) => [x, y])).toEqual([
      [51, 41],
      [49, 41],
      [53, 41],
      [51, 39],
      [51, 43],
    ])
  })
})

it('a box as corners is its top left and its bottom right', () => {
  expect(boxAsCorners([1, 2, 3, 4])).toEqual([
    { x: 1, y: 2, label: 2 },
    { x: 3, y: 4, label: 3 },
  ])
})

it('points go into the frame by resized / original on each axis, then to where the image lies', () => {
  const frame = { width: 301, height: 211, resizedWidth: 128, resizedHeight: 90, left: 3, top: 5 }
  const [x, y] = intoFrame([150.5, 105.5], frame)
  expect([x, y]).toEqual([67, 50])
})
