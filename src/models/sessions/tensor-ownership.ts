import type { Tensor, Tensors } from './tensor.js'

/**
 * Makes the inputs ours before anything is awaited, so that the caller cannot write to what is being run. Whole
 * buffers are moved; a view of a part of a larger buffer, or of shared memory, is copied.
 */
export function takeOver(inputs: Tensors): Tensors {
  const owned = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, ownBuffer(tensor)]))
  const transfer = new Set(Object.values(owned).map((tensor) => tensor.data.buffer as ArrayBuffer))
  return structuredClone(owned, { transfer: [...transfer] })
}

function ownBuffer(tensor: Tensor): Tensor {
  const { buffer, byteLength } = tensor.data
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return tensor
  return { ...tensor, data: tensor.data.slice() } as Tensor
}
