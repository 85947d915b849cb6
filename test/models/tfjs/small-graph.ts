import type { GraphModelSource } from './both-runtimes.js'

type Attribute = Readonly<Record<string, unknown>>

const text = (value: string) => Buffer.from(value).toString('base64')

/** Attributes in the form of TensorFlow.js topologies. */
export const attribute = {
  text: (value: string): Attribute => ({ s: text(value) }),
  texts: (...values: string[]): Attribute => ({ list: { s: values.map(text) } }),
  integers: (...values: number[]): Attribute => ({ list: { i: values.map(String) } }),
  integer: (value: number): Attribute => ({ i: String(value) }),
  float: (value: number): Attribute => ({ f: value }),
  flag: (value: boolean): Attribute => ({ b: value }),
}

/** Writes a TensorFlow.js graph model by hand: one input `image`, nodes in order, the last ones its outputs. */
export class SmallGraph {
  readonly #nodes: unknown[] = []
  readonly #weights: unknown[] = []
  readonly #bytes: Buffer[] = []
  readonly #input: readonly number[]

  constructor(input: readonly number[]) {
    this.#input = input
    const shape = { dim: input.map((size) => ({ size: String(size) })) }
    this.#nodes.push({ name: 'image', op: 'Placeholder', attr: { shape: { shape }, dtype: { type: 'DT_FLOAT' } } })
  }

  floats(name: string, shape: readonly number[], values: (index: number) => number): string {
    const count = shape.reduce((product, length) => product * length, 1)
    return this.#constant(
      name,
      shape,
      'float32',
      Float32Array.from({ length: count }, (_value, index) => values(index)),
    )
  }

  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant(name, shape, 'int32', Int32Array.from(values))
  }

  integer(name: string, value: number): string {
    return this.#constant(name, [], 'int32', Int32Array.of(value))
  }

  node(op: string, name: string, input: readonly string[], attr: Readonly<Record<string, Attribute>> = {}): string {
    this.#nodes.push({ name, op, input, attr: { ...attr, T: { type: 'DT_FLOAT' } } })
    return name
  }

  build(...outputs: readonly string[]): GraphModelSource {
    const port = (name: string, sizes: readonly number[]) => ({
      name,
      dtype: 'DT_FLOAT',
      tensorShape: { dim: sizes.map((size) => ({ size: String(size) })) },
    })
    const topology = JSON.stringify({
      format: 'graph-model',
      signature: {
        inputs: { image: port('image', this.#input) },
        outputs: Object.fromEntries(outputs.map((output) => [output, port(output, [])])),
      },
      modelTopology: { node: this.#nodes, library: {}, versions: {} },
      weightsManifest: [{ paths: ['model.bin'], weights: this.#weights }],
    })
    return { topology, weights: Buffer.concat(this.#bytes) }
  }

  #constant(name: string, shape: readonly number[], dtype: string, data: Float32Array | Int32Array): string {
    const type = dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT'
    this.#nodes.push({ name, op: 'Const', attr: { dtype: { type } } })
    this.#weights.push({ name, shape, dtype })
    this.#bytes.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    return name
  }
}
