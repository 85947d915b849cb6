import type { GraphTensor, SessionProgram } from '../../../src/models/sessions/program.js'

/** What the program below is asked. */
export interface MatrixInput {
  readonly matrix: Float32Array
  readonly steps: number
  /** Set to 1 when the first step is done: the test knows then that the program is under way. */
  readonly begun: Int32Array
  readonly fail?: boolean
}

/** Multiplies a matrix by itself step by step: what one step gives is fed to the next as it is. */
export const program: SessionProgram = (graphs) => async (input, control) => {
  const { matrix, steps, begun, fail = false } = input as MatrixInput
  const size = Math.sqrt(matrix.length)
  const b: GraphTensor = { type: 'float32', data: matrix, dims: [size, size] }
  let a = b
  let done = 0
  for (; done < steps && !control.aborted(); done++) {
    if (fail) throw new RangeError('the program fails on purpose')
    a = (await graphs.multiply?.run({ a, b }))?.y ?? a
    Atomics.store(begun, 0, 1)
  }
  const data = Float32Array.from(a.data as Float32Array)
  return { output: { data, done, thread: graphs.multiply?.inputTypes }, transfer: [data.buffer] }
}
