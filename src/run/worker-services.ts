import type { PackEntry } from '../../schemas/pack.js'
import type { PlannedAnnotator, RunControl } from '../../schemas/run.js'
import { type AnnotatorSurroundings, loadAnnotator } from '../annotate/load-annotator.js'
import type { AnnotatorRegistry } from '../annotate/registry.js'
import type { ShardImages } from '../dataset/shard-images.js'
import { readShardImages } from '../dataset/shard-images.js'
import type { RasterCache } from '../models/pixels/raster-cache.js'
import type { ObjectStore } from '../storage/object-store.js'
import { createKeptPlans, type KeptPlans } from './kept-plans.js'
import { type LoadedAnnotators, loadedAnnotators } from './loaded-annotators.js'
import { once } from './once.js'
import { cancelledError, readControl } from './run-control.js'
import { Turns } from './turns.js'

/** What a worker process is given from outside. */
export interface WorkerParts {
  readonly registry: AnnotatorRegistry
  /** What annotators are loaded with; the sessions are closed with the services. */
  readonly surroundings: AnnotatorSurroundings
  readonly rasters: RasterCache
  openStore(location: string): Promise<ObjectStore>
  /** Local paths of an entry's model files, pulled where they are missing. */
  modelFiles(entry: PackEntry): Promise<ReadonlyMap<string, string>>
}

/** What the jobs of a worker process share: each store, plan, annotator and open shard is there once. */
export interface WorkerServices {
  readonly rasters: RasterCache
  store(location: string): Promise<ObjectStore>
  readonly plans: KeptPlans
  readonly annotators: Pick<LoadedAnnotators, 'use'>
  /** In which batches run in this process. */
  readonly turns: Turns
  /** Whether this process decodes an annotator's answers as the plan wants: another version of the engine may not. */
  knows(planned: PlannedAnnotator): boolean
  /** Throws FldError `run_cancelled` for a run that was cancelled some seconds ago. */
  throwIfCancelled(out: string, run: string): Promise<void>
  shardImages(out: string, place: { set: string; shard: string }): Promise<ShardImages>
  close(): Promise<void>
}

/** Shards whose tar is kept open: one being annotated and the next, for each of two sets. */
const openShards = 4

/** Runs of which it is known whether somebody has cancelled them. */
const keptControls = 64

/** How long it is believed that nobody has cancelled a run, in ms: every job asks. */
const controlAge = 3_000

/** Builds the services of one worker process. */
export function createWorkerServices(parts: WorkerParts): WorkerServices {
  const stores = new Map<string, Promise<ObjectStore>>()
  const shards = new Map<string, Promise<ShardImages>>()
  const controls = new Map<string, Promise<RunControl['state']>>()
  const store = (location: string) => once(stores, location, () => parts.openStore(location))
  const annotators = loadedAnnotators(async ({ entry }) =>
    loadAnnotator({ entry, registry: parts.registry, files: await parts.modelFiles(entry), ...parts.surroundings }),
  )
  return {
    rasters: parts.rasters,
    store,
    plans: createKeptPlans(store),
    annotators,
    turns: new Turns(),
    knows: ({ entry, decoder }) => decoder === 0 || parts.registry.get(entry.annotator)?.version === decoder,
    throwIfCancelled: async (out, run) => {
      const key = `${Math.floor(Date.now() / controlAge)}\0${out}\0${run}`
      const state = await once(controls, key, async () => readControl(await store(out), run), keptControls)
      if (state === 'cancelled') throw cancelledError(run)
    },
    shardImages: (out, place) =>
      once(
        shards,
        `${out}\0${place.set}\0${place.shard}`,
        async () => readShardImages(await store(out), place.set, place.shard),
        openShards,
      ),
    close: async () => {
      await annotators.close()
      await parts.surroundings.sessions.close()
      const opened = await Promise.allSettled(stores.values())
      for (const one of opened) if (one.status === 'fulfilled') await one.value.close()
    },
  }
}
