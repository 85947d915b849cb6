import type { ProgramPlace, ProgramSession } from './program.js'

/** A dense tensor as it crosses to a session and back; the buffer is transferred, not copied. */
export type Tensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly number[] }
  | { readonly type: 'int32'; readonly data: Int32Array; readonly dims: readonly number[] }
  | { readonly type: 'uint8'; readonly data: Uint8Array; readonly dims: readonly number[] }
  | { readonly type: 'bool'; readonly data: Uint8Array; readonly dims: readonly number[] }

export type Tensors = Readonly<Record<string, Tensor>>

/** What computes a model: `cuda` falls back to the CPU for operators that it lacks. */
export type ExecutionProvider = 'cpu' | 'cuda'

/** How a model is opened. */
export interface OpenOptions {
  /** The CPU when absent. */
  readonly provider?: ExecutionProvider
}

/**
 * An opened model; it stays valid while its host gives the memory of the model back and loads it again. Inputs are
 * transferred away: the caller's arrays are empty after `run`. Inputs that the model declares as float16 are given as
 * float32, and float16 outputs come back as float32.
 */
export interface ModelSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Declared dimensions of each input; -1 where the model leaves them open. */
  readonly inputDims: Readonly<Record<string, readonly number[]>>
  /**
   * Throws FldError `annotator_failed` when the run or its thread fails or a float output holds NaN, `model_unavailable`
   * when the model has to be loaded again and cannot be, `aborted` when the signal fires first.
   */
  run(inputs: Tensors, options?: { signal?: AbortSignal; outputs?: readonly string[] }): Promise<Tensors>
}

/** Loads models and runs them off the calling thread. */
export interface SessionHost {
  /** Runs that go on at the same time. An annotator that keeps one more ready leaves no session waiting. */
  readonly concurrency: number
  /**
   * The same file with the same provider is loaded once and shared by whoever opens it. Throws FldError `model_invalid`:
   * no ONNX model, or no such provider on this machine.
   */
  open(modelPath: string, options?: OpenOptions): Promise<ModelSession>
  /** As `open`, for code that runs several graphs in turns in the thread that has them. */
  openProgram(place: ProgramPlace, options?: OpenOptions): Promise<ProgramSession>
  close(): Promise<void>
}

/** The host for an annotator that is to run on a provider, whatever models it opens. */
export function onProvider(host: SessionHost, provider: ExecutionProvider): SessionHost {
  return {
    concurrency: host.concurrency,
    open: (modelPath, options) => host.open(modelPath, { provider, ...options }),
    openProgram: (place, options) => host.openProgram(place, { provider, ...options }),
    close: () => host.close(),
  }
}
