import { basename } from 'node:path'
import type { SessionHost, Tensors } from '../../../src/models/sessions/tensor.js'

/** One run of a model: the file, and the inputs as they were given. */
export interface WatchedRun {
  readonly model: string
  readonly inputs: Tensors
}

/** A host that writes down what is run on the sessions of another. */
export function watchedSessions(host: SessionHost): { sessions: SessionHost; runs: WatchedRun[] } {
  const runs: WatchedRun[] = []
  const sessions: SessionHost = {
    concurrency: host.concurrency,
    close: () => host.close(),
    openProgram: (place, options) => host.openProgram(place, options),
    open: async (path, options) => {
      const session = await host.open(path, options)
      return {
        ...session,
        run: (inputs, runOptions) => {
          // The arrays are given away by the run.
          runs.push({ model: basename(path), inputs: structuredClone(inputs) })
          return session.run(inputs, runOptions)
        },
      }
    },
  }
  return { sessions, runs }
}

/** Rows of each run of one model, in their order. */
export function rowsOf(runs: readonly WatchedRun[], model: string): number[] {
  return runs
    .filter((run) => run.model === model)
    .map(({ inputs }) => (inputs.input_ids ?? inputs.pixel_values)?.dims[0] ?? 0)
}
