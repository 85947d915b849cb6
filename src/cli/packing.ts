import { ingest } from '../ingest/ingest.js'
import type { RunProgress } from '../run/run-progress.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { OpenedSource } from './prepare-run.js'

/** The shards of a source, as it is packed or goes on being packed, with the progress of that. */
export function packing(
  store: ObjectStore,
  { source, set, settings }: Pick<OpenedSource, 'source' | 'set' | 'settings'>,
) {
  return (signal: AbortSignal, progress: RunProgress) =>
    ingest({
      ...{ source, set, settings, store, signal },
      onProgress: ({ seen, accepted, refused }) => Object.assign(progress.ingest, { seen, accepted, refused }),
    })
}
