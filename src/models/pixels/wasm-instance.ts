import { assembleModule, type WasmFunction } from './wasm-assembler.js'

/** Its functions, and the memory that they work in. */
export interface WasmInstance<Exports> {
  readonly exports: Exports
  readonly memory: WasmMemory
}

interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** Part of Node.js; TypeScript declares it with the types of a browser only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new <Exports>(module: object, imports: object) => { readonly exports: Exports }
}

const pageBytes = 65_536

/** Compiles functions; `Exports` says what their names and parameters are. */
export function instantiate<Exports>(functions: readonly WasmFunction[]): WasmInstance<Exports> {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const module = new WebAssembly.Module(assembleModule(functions))
  return { exports: new WebAssembly.Instance<Exports>(module, { host: { memory } }).exports, memory }
}

/** The memory of an instance, at least `bytes` long; earlier views of it end when it grows. */
export function memoryOf({ memory }: WasmInstance<unknown>, bytes: number): Uint8Array {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
  return new Uint8Array(memory.buffer)
}
