import { describe, expect, it } from 'vitest'
import { imageProcessor } from '../../../src/models/pixels/image-processor.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import type { ModelSession } from '../../../src/models/sessions/tensor.js'
import { hubInput } from '../../../workers/detect/hub-input.js'

/** As DETR's: to a shortest side of 32, padded to the largest of the batch. */
const processor = imageProcessor(
  {
    image_processor_type: 'DetrImageProcessor',
    do_resize: true,
    size: { shortest_edge: 32, longest_edge: 64 },
    resample: 2,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
    do_pad: true,
  },
  'preprocessor_config.json',
)
const wide = raster(120, 60)
const high = raster(60, 90)

describe('the input of a detector of the hub', () => {
  it('is the pixels alone where the graph takes no mask', () => {
    const { inputs, frames } = hubInput(taking({ pixel_values: [-1, 3, -1, -1] }), processor).tensors([wide])
    expect(Object.keys(inputs)).toEqual(['pixel_values'])
    expect(inputs.pixel_values?.dims).toEqual([1, 3, 32, 64])
    // Boxes of 0-1 divided by these lie in the original image.
    expect(frames).toEqual([{ width: 120, height: 60, scaleX: 1 / 120, scaleY: 1 / 60 }])
  })

  it('has the mask of the padded images where the graph leaves its sides open', () => {
    const session = taking({ pixel_values: [-1, 3, -1, -1], pixel_mask: [-1, -1, -1] })
    const { inputs } = hubInput(session, processor).tensors([wide, high])
    expect(inputs.pixel_values?.dims).toEqual([2, 3, 48, 64])
    expect(inputs.pixel_mask?.dims).toEqual([2, 48, 64])
    expect(maskedSize(inputs.pixel_mask?.data, 48, 64, 0)).toEqual([32, 64])
    expect(maskedSize(inputs.pixel_mask?.data, 48, 64, 1)).toEqual([48, 32])
  })

  it('has a mask of the size that the graph declares', () => {
    const session = taking({ pixel_values: [-1, 3, -1, -1], pixel_mask: [-1, 12, 8] })
    const { inputs } = hubInput(session, processor).tensors([wide, high])
    expect(inputs.pixel_mask).toMatchObject({ type: 'int64', dims: [2, 12, 8] })
    expect(maskedSize(inputs.pixel_mask?.data, 12, 8, 0)).toEqual([8, 8])
    expect(maskedSize(inputs.pixel_mask?.data, 12, 8, 1)).toEqual([12, 4])
  })

  it('takes several images in one run only where every input is open', () => {
    const open = (inputDims: ModelSession['inputDims']) => hubInput(taking(inputDims), processor).openBatch
    expect(open({ pixel_values: [-1, 3, -1, -1], pixel_mask: [-1, 64, 64] })).toBe(true)
    expect(open({ pixel_values: [-1, 3, -1, -1], pixel_mask: [1, 64, 64] })).toBe(false)
    expect(open({ input: [1, 3, 384, 384] })).toBe(false)
  })

  it('is refused where the graph wants another size, or something else', () => {
    const fixed = hubInput(taking({ input: [1, 3, 384, 384] }), processor)
    expect(() => fixed.tensors([wide])).toThrow(/makes images of \[1, 3, 32, 64\].*input \[1, 3, 384, 384\]/)
    const sized = taking({ images: [-1, 3, 640, 640], orig_target_sizes: [-1, 2] })
    expect(() => hubInput(sized, processor)).toThrow(/orig_target_sizes \[-1, 2\]/)
    expect(() => hubInput(taking({ pixel_mask: [-1, -1, -1] }), processor)).toThrow(/wants the input pixel_values/)
  })
})

/** Rows and columns of ones, which begin at the top left and are all there is. */
function maskedSize(data: unknown, height: number, width: number, image: number): [number, number] {
  const mask = [...(data as BigInt64Array)].slice(image * height * width, (image + 1) * height * width)
  const columns = mask.slice(0, width).filter((value) => value === 1n).length
  const rows = mask.filter((value, at) => at % width === 0 && value === 1n).length
  expect(mask.filter((value) => value === 1n)).toHaveLength(rows * columns)
  return [rows, columns]
}

function taking(inputDims: ModelSession['inputDims']): ModelSession {
  const run = () => Promise.reject(new Error('nothing is run here'))
  return { inputNames: Object.keys(inputDims), outputNames: [], inputDims, run }
}

function raster(width: number, height: number): Raster {
  return { width, height, data: new Uint8Array(width * height * 3).fill(128) }
}
