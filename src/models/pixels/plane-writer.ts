import type { RowSink } from './resize.js'
import { type WasmFunction, wasm } from './wasm-assembler.js'
import { instantiate, memoryOf, type WasmInstance } from './wasm-instance.js'

/** 256 normalised values per plane, planes in the model's order. */
export interface PixelTables {
  readonly order: 'RGB' | 'BGR'
  readonly planes: readonly [Float32Array, Float32Array, Float32Array]
}

/** Where rows go in a tensor. In values, not bytes. */
export interface PlaneTarget {
  readonly data: Float32Array
  /** Of the first row's first pixel in the first plane. */
  readonly start: number
  /** From one plane to the next. */
  readonly plane: number
  /** From one row to the next. */
  readonly stride: number
}

interface LookupKernel {
  /** Each RGB pixel from `row` to `end` to its three values in `planes`, which lie `plane` bytes apart. */
  spread(row: number, end: number, planes: number, plane: number): void
}

const tableBytes = 256 * 4
let instance: WasmInstance<LookupKernel> | undefined

/**
 * Takes rows of `width` RGB pixels and writes them normalised into three planes of a tensor. The lookups are made in
 * WebAssembly, where they take a third of the time. The writer is to be used up before another is made.
 */
export function planeWriter(tables: PixelTables, width: number, { data, start, plane, stride }: PlaneTarget): RowSink {
  instance ??= instantiate<LookupKernel>([spreadFunction()])
  const { spread } = instance.exports
  const planes = 3 * tableBytes
  const row = planes + 3 * width * 4
  const bytes = memoryOf(instance, row + width * 3)
  const floats = new Float32Array(bytes.buffer)
  // Bytes come as RGB; for BGR the first plane takes the third byte.
  const order = tables.order === 'RGB' ? ([0, 1, 2] as const) : ([2, 1, 0] as const)
  // Each byte has its table, the one of the plane that it goes to.
  order.forEach((channel, byte) => {
    floats.set(tables.planes[channel], byte * 256)
  })
  const values = order.map((from) => floats.subarray(planes / 4 + from * width, planes / 4 + (from + 1) * width))
  return (pixels, y) => {
    bytes.set(pixels, row)
    spread(row, row + width * 3, planes, width * 4)
    values.forEach((line, channel) => {
      data.set(line, start + channel * plane + y * stride)
    })
  }
}

function spreadFunction(): WasmFunction {
  const { add, constant, get, lessThan, load32, loadByte, loop, set, store32, times4 } = wasm
  const [row, end, planes, plane, at] = [0, 1, 2, 3, 4] as const
  const onePixel = [
    ...set(at, get(planes)),
    ...[0, 1, 2].flatMap((channel) => [
      ...store32(get(at), load32(times4(loadByte(get(row), channel)), channel * tableBytes)),
      ...set(at, add(get(at), get(plane))),
    ]),
    ...set(planes, add(get(planes), constant(4))),
    ...set(row, add(get(row), constant(3))),
  ]
  const body = loop(onePixel, lessThan(get(row), get(end)))
  return { name: 'spread', parameters: 4, integers: 1, vectors: 0, body }
}
