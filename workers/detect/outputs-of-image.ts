import { FldError } from '../../schemas/errors.js'
import type { Tensor, Tensors } from '../../src/models/sessions/tensor.js'

/**
 * The outputs of one image of a run, as if it had been alone: [1, ...]. Throws FldError `model_invalid` where an output
 * has not one part for each image.
 */
export function outputsOfImage(outputs: Tensors, index: number, images: number): Tensors {
  if (images === 1) return outputs
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => {
      if (tensor.dims[0] === images) return [name, partOf(tensor, index, images)]
      throw new FldError(
        'model_invalid',
        `output ${name} [${tensor.dims.join(', ')}] of a run of ${images} images has no part for each: the model takes one at a time (model_batch: 1)`,
      )
    }),
  )
}

function partOf(tensor: Tensor, index: number, images: number): Tensor {
  const length = tensor.data.length / images
  const dims = [1, ...tensor.dims.slice(1)]
  return { ...tensor, data: tensor.data.subarray(index * length, (index + 1) * length), dims } as Tensor
}
