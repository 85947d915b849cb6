import { checkpointOf } from '../../schemas/annotator-use.js'
import type { PackEntry } from '../../schemas/pack.js'
import type { Pipeline } from '../../schemas/pipeline.js'
import type { RunPlan } from '../../schemas/run.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { labelDigest, setName } from '../ingest/set-name.js'
import { type IngestSettings, ingestSettingsSchema } from '../ingest/settings.js'
import { openSource } from '../ingest/sources/open-source.js'
import type { ImageSource } from '../ingest/sources/source.js'
import { lockEntry } from '../models/packs/lock-entry.js'
import { loadPackEntry } from '../models/packs/pack-file.js'
import { readCheckpoint } from '../rounds/index.js'
import { planRun } from '../run/plan-run.js'
import { checkpointEntry } from '../run/shard-checkpoints.js'
import { calibrationNotes, withCalibration } from '../run/with-calibration.js'
import type { ObjectStore } from '../storage/object-store.js'
import { findCalibration } from './calibration-file.js'
import { withEndpointModel } from './endpoint-model.js'
import type { Environment } from './environment.js'
import { packageVersion } from './package-version.js'
import { loadPipeline } from './pipeline-file.js'
import { pullReporter } from './pull-view.js'

/** What a run is prepared from. */
export interface PrepareOptions {
  readonly pipeline: string
  readonly images: string
  readonly imageFolder?: string
  /** Absolute location of the store. */
  readonly out: string
  readonly set: readonly string[]
  readonly runId?: string
  /** As `--calibration` names it. */
  readonly calibration?: string
  readonly environment: Environment
}

/** An opened store and source, and the plan that follows from them. Nothing is written yet. */
export interface PreparedRun {
  readonly store: ObjectStore
  readonly plan: RunPlan
  /** What to tell about the calibration that was asked for. */
  readonly notes: readonly string[]
  readonly ingest: { readonly source: ImageSource; readonly set: string; readonly settings: IngestSettings }
  close(): Promise<void>
}

/** Opens what a run needs and plans it. Throws the errors of pipelines, packs, checkpoints, sources and stores. */
export async function prepareRun(options: PrepareOptions): Promise<PreparedRun> {
  const { environment, out } = options
  const store = await environment.openStore(out)
  const calibration = options.calibration === undefined ? null : await findCalibration(store, options.calibration)
  const lay = calibration === null ? undefined : (pipeline: Pipeline) => withCalibration(pipeline, calibration)
  const pipeline = await loadPipeline(options.pipeline, options.set, lay)
  const source = await openSource(options.images, {
    output: out,
    openStore: environment.openStore,
    ...(options.imageFolder === undefined ? {} : { image_folder: options.imageFolder }),
  })
  const settings = ingestSettingsSchema.parse({ ...pipeline.ingest, shard_size: pipeline.shard_size })
  const set = await setName(source, settings)
  const plan = await planRun({
    pipeline,
    registry: annotatorRegistry,
    findEntry: async (use) => withEndpointModel(await findEntry(use, store), environment.endpointModel),
    pinEntry: async (entry) => lockEntry(entry, { ...(await environment.pullOptions()), onProgress: pullReporter() }),
    set,
    source: source.uri,
    labelDigest: labelDigest(source, set),
    run: options.runId,
    version: await packageVersion(),
  })
  const close = async () => {
    await source.close()
    await store.close()
  }
  const notes = calibration === null ? [] : calibrationNotes(plan.annotators, calibration)
  return { store, plan, notes, ingest: { source, set, settings }, close }
}

/** A checkpoint lies in the run's own store. One that is not there, or has no `current`, is told before anything starts. */
async function findEntry(use: string, store: ObjectStore): Promise<PackEntry> {
  const checkpoint = checkpointOf(use)
  if (checkpoint === null) return (await loadPackEntry(use)).entry
  const { name, version } = checkpoint
  return checkpointEntry(store, await readCheckpoint(store, name, version ?? 'current', {}))
}
