import type { ProgramPlace } from './program.js'
import type { Tensors } from './tensor.js'

/** What a session thread is started with. */
export interface SessionThreadData {
  /** Threads that one operator of a model may use. */
  readonly threads: number
  /** One Int32 over a SharedArrayBuffer: see `nativeCall`. */
  readonly nativeCall: Int32Array
}

/** A model, or a program with its graphs, as a thread loads it. */
export interface ModelPlace {
  /** Of the model; of the first graph where there is a program. */
  readonly path: string
  readonly program?: ProgramPlace
  /** Execution providers, best first, as onnxruntime-node names them. */
  readonly providers: readonly string[]
  /** Distinct for each path or program with each list of providers. */
  readonly key: string
}

/** Names and dimensions of a loaded model. */
export interface ModelSignature {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly inputDims: Readonly<Record<string, readonly number[]>>
}

/** Work for a thread. It gets the next only after it has answered. */
export type SessionWork =
  | { readonly kind: 'open'; readonly model: ModelPlace }
  | {
      readonly kind: 'run'
      readonly model: ModelPlace
      readonly inputs: Tensors
      readonly outputs: readonly string[] | null
    }
  | {
      readonly kind: 'execute'
      readonly model: ModelPlace
      readonly input: unknown
      /** One Int32 over a SharedArrayBuffer: not 0 once nobody waits for the answer. */
      readonly abandoned: Int32Array
    }
  | { readonly kind: 'release'; readonly models: readonly ModelPlace[] }
  | { readonly kind: 'close' }

export type SessionAnswer =
  | { readonly kind: 'opened'; readonly signature: ModelSignature | null }
  | { readonly kind: 'outputs'; readonly outputs: Tensors }
  | { readonly kind: 'result'; readonly output: unknown }
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly code: 'model_invalid' | 'annotator_failed'; readonly message: string }

/**
 * States of the word that a thread and its host share. Node aborts the whole process (signal 6) when it ends while
 * a thread is inside onnxruntime, so a thread marks its native calls and a host whose process ends waits for the mark to go.
 */
export const nativeCall = { idle: 0, inside: 1, forbidden: 2 } as const
