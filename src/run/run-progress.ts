import type { ShardEvent } from './coordinate.js'

/** How far a run is, as this process has seen it. */
export interface RunProgress {
  readonly started: number
  ingest: { seen: number; accepted: number; refused: number; done: boolean }
  shards: { committed: number; failed: number; inFlight: number }
  /** Images of committed shards. */
  imagesCommitted: number
  /** Images done by each annotator in this session, by name. */
  readonly annotators: Map<string, number>
  /** Images that each annotator did not have to do again, because their shards were committed before. */
  imagesReused: number
}

/** Progress of a run that begins now. */
export function newProgress(annotators: readonly string[]): RunProgress {
  return {
    started: Date.now(),
    ingest: { seen: 0, accepted: 0, refused: 0, done: false },
    shards: { committed: 0, failed: 0, inFlight: 0 },
    imagesCommitted: 0,
    annotators: new Map(annotators.map((name) => [name, 0])),
    imagesReused: 0,
  }
}

/** Enters what became of a shard. `images` is the number of images that it holds. */
export function countShardEvent(progress: RunProgress, event: ShardEvent, images: number): void {
  const { shards } = progress
  if (event.kind === 'handed_out') {
    shards.inFlight += 1
    return
  }
  if (event.kind === 'failed') {
    shards.failed += 1
    shards.inFlight -= 1
    return
  }
  shards.committed += 1
  progress.imagesCommitted += images
  if (event.earlier) progress.imagesReused += images
  else shards.inFlight -= 1
}
