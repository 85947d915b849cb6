import { join } from 'node:path'
import type { AnnotatorSurroundings } from '../annotate/load-annotator.js'
import { createSessionHost } from '../models/sessions/session-host.js'
import type { Environment } from './environment.js'
import { modelMemoryOf, sessionsOf, threadsOf, type WorkerFlags } from './worker-flags.js'

/** What this process offers its annotators: model sessions within the flags, the endpoint, and a place for its answers. */
export async function annotatorSurroundings(
  environment: Environment,
  flags: WorkerFlags,
): Promise<AnnotatorSurroundings> {
  const { cache } = await environment.pullOptions()
  return {
    sessions: createSessionHost({
      threads: threadsOf(flags),
      sessions: sessionsOf(flags),
      memoryBytes: modelMemoryOf(flags),
      log: (line) => process.stderr.write(`${line}\n`),
    }),
    ...(environment.endpoint === undefined ? {} : { endpoint: environment.endpoint }),
    cacheFolder: join(cache, 'answers'),
  }
}
