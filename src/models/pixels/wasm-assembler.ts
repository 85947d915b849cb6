/** Instructions of a WebAssembly function, already in the binary format. */
export type Code = readonly number[]

/** A function of a module: numbers in, nothing out. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  /** Locals beside the parameters: first those of 32-bit integers, then vectors. */
  readonly integers: number
  readonly vectors: number
  readonly body: Code
}

const typeI32 = 0x7f
const typeV128 = 0x7b

/** A whole number of at least 0 in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return bytes
}

function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f
    const done = (rest >> 7 === 0 && low < 0x40) || (rest >> 7 === -1 && low >= 0x40)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

const vector = (operation: number): Code => [0xfd, ...unsigned(operation)]
const binary =
  (operation: Code) =>
  (left: Code, right: Code): Code => [...left, ...right, ...operation]
const unary =
  (operation: Code) =>
  (operand: Code): Code => [...operand, ...operation]
/** No alignment is promised; `offset` is in bytes. */
const at = (offset: number): Code => [0, ...unsigned(offset)]

/** The instructions in use, named as in the WebAssembly specification; operands come as arguments. */
export const wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: binary([0x6a]),
  /** Runs `body` until `proceed` is 0 after it. */
  loop: (body: Code, proceed: Code): Code => [0x03, 0x40, ...body, ...proceed, 0x0d, 0, 0x0b],
  times4: (value: Code): Code => [...value, 0x41, 2, 0x74],
  lessThan: binary([0x49]),
  load32: (address: Code, offset = 0): Code => [...address, 0x28, ...at(offset)],
  loadByte: (address: Code, offset: number): Code => [...address, 0x2d, ...at(offset)],
  /** Copies 4 bytes, whatever they are. */
  store32: (address: Code, value: Code): Code => [...address, ...value, 0x36, ...at(0)],
  load: (address: Code, offset = 0): Code => [...address, ...vector(0), ...at(offset)],
  load32Splat: (address: Code, offset = 0): Code => [...address, ...vector(9), ...at(offset)],
  store: (address: Code, value: Code): Code => [...address, ...value, ...vector(11), ...at(0)],
  store32Lane: (address: Code, value: Code, lane: number): Code => [
    ...address,
    ...value,
    ...vector(0x5a),
    ...at(0),
    lane,
  ],
  bytes: (values: readonly number[]): Code => [...vector(12), ...values],
  shuffle: (left: Code, right: Code, lanes: readonly number[]): Code => [...left, ...right, ...vector(13), ...lanes],
  swizzle: binary(vector(14)),
  splat32: unary(vector(0x11)),
  narrow16: binary(vector(0x66)),
  narrow32: binary(vector(0x85)),
  extendLow8: unary(vector(0x89)),
  extendHigh8: unary(vector(0x8a)),
  shiftLeft32: binary(vector(0xab)),
  shiftRight32: binary(vector(0xac)),
  add32: binary(vector(0xae)),
  dot16: binary(vector(0xba)),
} as const

function section(id: number, items: readonly Code[]): number[] {
  const content = [...unsigned(items.length), ...items.flat()]
  return [id, ...unsigned(content.length), ...content]
}

function sized(content: Code): number[] {
  return [...unsigned(content.length), ...content]
}

function named(text: string): number[] {
  return sized([...Buffer.from(text)])
}

/** A module of these functions that imports its memory as `host.memory` (WebAssembly core specification, section 5). */
export function assembleModule(functions: readonly WasmFunction[]): Uint8Array {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...unsigned(parameters),
    ...Array<number>(parameters).fill(typeI32),
    0,
  ])
  const memory = [...named('host'), ...named('memory'), 2, 0, 1]
  const exported = functions.map(({ name }, index) => [...named(name), 0, ...unsigned(index)])
  const bodies = functions.map(({ integers, vectors, body }) =>
    sized([2, ...unsigned(integers), typeI32, ...unsigned(vectors), typeV128, ...body, 0x0b]),
  )
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(7, exported),
    ...section(10, bodies),
  ])
}
