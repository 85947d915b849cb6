import { describe, expect, it } from 'vitest'
import { boxHeads } from '../../../workers/ground/box-heads.js'
import { type GroundingPair, groundingGraph, groundingInputs } from '../../../workers/ground/grounding-dino-input.js'

const names = ['pixel_values', 'input_ids', 'token_type_ids', 'attention_mask', 'pixel_mask']
const open = { names, batch: null, sequence: null, height: null, width: null }

/** An image of one value, all of it image, and a prompt. */
function pair(value: number, rows: number, columns: number, ids: readonly number[]): GroundingPair {
  const data = new Float32Array(3 * rows * columns).fill(value)
  return {
    ids,
    image: {
      pixelValues: { type: 'float32', data, dims: [1, 3, rows, columns] },
      pixelMask: { type: 'int64', data: new BigInt64Array(rows * columns).fill(1n), dims: [1, rows, columns] },
    },
  }
}

function values(tensor: { readonly data: ArrayLike<number | bigint> } | undefined): number[] {
  return Array.from(tensor?.data ?? [], Number)
}

describe('inputs of Grounding DINO', () => {
  it('are padded to the largest of the batch, and masked', () => {
    const inputs = groundingInputs([pair(5, 1, 2, [101, 7, 102]), pair(6, 2, 1, [101, 102])], open, 9)
    expect(inputs.pixel_values?.dims).toEqual([2, 3, 2, 2])
    expect(values(inputs.pixel_values)).toEqual([
      ...[5, 5, 0, 0, 5, 5, 0, 0, 5, 5, 0, 0],
      ...[6, 0, 6, 0, 6, 0, 6, 0, 6, 0, 6, 0],
    ])
    expect(inputs.pixel_mask?.dims).toEqual([2, 2, 2])
    expect(values(inputs.pixel_mask)).toEqual([1, 1, 0, 0, 1, 0, 1, 0])
    expect(inputs.input_ids?.dims).toEqual([2, 3])
    expect(values(inputs.input_ids)).toEqual([101, 7, 102, 101, 102, 9])
    expect(values(inputs.attention_mask)).toEqual([1, 1, 1, 1, 1, 0])
    expect(values(inputs.token_type_ids)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('have the sizes of the graph, and nothing that it does not take', () => {
    const fixed = { ...open, sequence: 4, height: 2, width: 3, names: names.slice(0, 2) }
    const inputs = groundingInputs([pair(5, 1, 2, [1])], fixed, 0)
    expect(Object.keys(inputs).sort()).toEqual(['input_ids', 'pixel_values'])
    expect(inputs.pixel_values?.dims).toEqual([1, 3, 2, 3])
    expect(values(inputs.input_ids)).toEqual([1, 0, 0, 0])
    expect(() => groundingInputs([pair(5, 1, 4, [1])], fixed, 0)).toThrow('takes 3 columns')
  })

  it('are copies: an image goes through again', () => {
    const one = pair(5, 1, 2, [1])
    const inputs = groundingInputs([one], open, 0)
    if (inputs.pixel_values?.type === 'float32') inputs.pixel_values.data.fill(0)
    expect(values(inputs.pixel_values)).toEqual([0, 0, 0, 0, 0, 0])
    expect(values(one.image.pixelValues)).toEqual([5, 5, 5, 5, 5, 5])
  })

  it('are read off the graph', () => {
    const dims = { pixel_values: [-1, 3, 160, 160], input_ids: [-1, -1], attention_mask: [-1, -1] }
    const session = { inputNames: Object.keys(dims), outputNames: [], inputDims: dims, run: () => Promise.reject() }
    expect(groundingGraph(session)).toMatchObject({ batch: null, sequence: null, height: 160, width: 160 })
    expect(() => groundingGraph({ ...session, inputNames: ['pixel_values'] })).toThrow('takes pixel_values')
    expect(() => groundingGraph({ ...session, inputNames: [...session.inputNames, 'box'] })).toThrow('box')
    const eight = { ...dims, pixel_values: [8, 3, 160, 160] }
    expect(() => groundingGraph({ ...session, inputDims: eight })).toThrow('8 images')
  })
})

describe('heads', () => {
  it('are split by image, and refused in other shapes', () => {
    const tensor = (dims: readonly number[]) => {
      const size = dims.reduce((product, dim) => product * dim, 1)
      return { type: 'float32' as const, dims, data: Float32Array.from({ length: size }, (_, index) => index) }
    }
    const heads = boxHeads({ logits: tensor([2, 1, 3]), pred_boxes: tensor([2, 1, 4]) }, 2)
    expect(heads.logits.map((each) => Array.from(each))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ])
    expect(heads.columns).toBe(3)
    expect(() => boxHeads({ logits: tensor([2, 1, 3]), pred_boxes: tensor([2, 2, 4]) }, 2)).toThrow('[2,2,4]')
    expect(() => boxHeads({ logits: tensor([1, 1, 3]) }, 1)).toThrow('pred_boxes')
  })
})
