/** A tensor as onnxruntime holds it inside a session thread: float16 as 16-bit patterns, nothing converted or copied. */
export interface GraphTensor {
  readonly type: string
  readonly data: ArrayBufferView
  readonly dims: readonly number[]
}
export type GraphTensors = Readonly<Record<string, GraphTensor>>

/** A loaded graph as a program sees it. */
export interface ProgramGraph {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Element type of each input: `float32`, `float16`, `int64`. */
  readonly inputTypes: Readonly<Record<string, string>>
  /** Declared dimensions of each input; -1 where the graph leaves them open. */
  readonly inputDims: Readonly<Record<string, readonly number[]>>
  /** Outputs can be fed again as they are. Absent `fetches` are all outputs. */
  run(feeds: GraphTensors, fetches?: readonly string[]): Promise<GraphTensors>
}

/** What a program is told while it runs. */
export interface ProgramControl {
  /** True once its caller wants no answer any more; asked between two steps. */
  aborted(): boolean
}

/** The answer of a program, and which of its buffers move to the caller instead of being copied. */
export interface ProgramOutput {
  readonly output: unknown
  readonly transfer: readonly ArrayBuffer[]
}

export type RunProgram = (input: unknown, control: ProgramControl) => Promise<ProgramOutput>

/**
 * The export `program` of a module that runs several graphs in turns, as decoding does token by token: it lives in the
 * thread that has them, so that what goes from step to step (a cache of keys and values) never crosses to another one.
 * Input and output are what `structuredClone` takes; both sides know their type.
 */
export type SessionProgram = (graphs: Readonly<Record<string, ProgramGraph>>) => RunProgram

/** Which module, with which graphs. */
export interface ProgramPlace {
  /** URL of the module that exports `program`. */
  readonly module: string
  /** Local paths of its graphs, by the names that it knows. */
  readonly graphs: Readonly<Record<string, string>>
}

/** A program that is loaded; it stays valid while its host gives the memory of its graphs back and loads them again. */
export interface ProgramSession {
  /**
   * One run. Buffers of `transfer` are moved into the thread; the rest of the input is copied when the run begins: leave
   * it alone until then. Throws FldError `annotator_failed` with the program's own message, `model_unavailable` when its
   * graphs have to be loaded again and cannot be, `aborted` when the signal fires first.
   */
  run(input: unknown, options?: { signal?: AbortSignal; transfer?: readonly ArrayBuffer[] }): Promise<unknown>
}
