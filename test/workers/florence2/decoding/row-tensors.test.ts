import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GraphTensor } from '../../../../src/models/sessions/program.js'
import { asType, joinRows, numbersOf, takeRows } from '../../../../workers/florence2/decoding/row-tensors.js'

function tensorOf(rows: number, first = 0): GraphTensor {
  return { type: 'float32', data: Float32Array.from({ length: rows * 4 }, (_, at) => first + at), dims: [rows, 2, 2] }
}

function rowsOf(tensor: GraphTensor): number[][] {
  const numbers = [...numbersOf(tensor)].map(Number)
  return Array.from({ length: tensor.dims[0] ?? 0 }, (_, row) => numbers.slice(row * 4, row * 4 + 4))
}

describe('rows of tensors', () => {
  it('are taken in any order, repeated or left out', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 12 }),
        (rows, wanted) => {
          const order = wanted.map((source) => source % rows)
          const before = rowsOf(tensorOf(rows))
          const taken = takeRows(tensorOf(rows), order)
          expect(taken.dims).toEqual([order.length, 2, 2])
          expect(rowsOf(taken)).toEqual(order.map((source) => before[source]))
        },
      ),
    )
  })

  it('that stay where they are are not copied', () => {
    const tensor = tensorOf(3)
    expect(takeRows(tensor, [0, 1, 2])).toBe(tensor)
    expect(numbersOf(takeRows(tensor, [0, 2])).buffer).toBe(numbersOf(tensor).buffer)
  })

  it('of several tensors follow each other', () => {
    expect(rowsOf(joinRows([tensorOf(1), tensorOf(2, 100)]))).toEqual([
      ...rowsOf(tensorOf(1)),
      ...rowsOf(tensorOf(2, 100)),
    ])
  })

  it('go to float16 and back where a graph wants them so', () => {
    const tensor: GraphTensor = { type: 'float32', data: Float32Array.of(1, -0.5, 65504, 0), dims: [1, 4] }
    const half = asType(tensor, 'float16')
    expect([half.type, ...numbersOf(half)]).toEqual(['float16', 0x3c00, 0xb800, 0x7bff, 0])
    expect([...numbersOf(asType(half, 'float32'))]).toEqual([1, -0.5, 65504, 0])
    expect(asType(tensor, 'float32')).toBe(tensor)
  })
})
