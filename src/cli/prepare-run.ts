import { resolve } from 'node:path'
import { pipelines } from '../../pipelines/index.js'
import { checkpointOf } from '../../schemas/annotator-use.js'
import type { Calibration } from '../../schemas/calibration.js'
import { FldError } from '../../schemas/errors.js'
import type { PackEntry } from '../../schemas/pack.js'
import type { Pipeline } from '../../schemas/pipeline.js'
import type { AskedRun, RunPlan } from '../../schemas/run.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { labelDigest, setName } from '../ingest/set-name.js'
import { type IngestSettings, ingestSettingsSchema } from '../ingest/settings.js'
import { openSource } from '../ingest/sources/open-source.js'
import type { ImageSource } from '../ingest/sources/source.js'
import { lockEntry } from '../models/packs/lock-entry.js'
import { loadPackEntry } from '../models/packs/pack-file.js'
import { readCheckpoint } from '../rounds/index.js'
import { type PlanOptions, planRun } from '../run/plan-run.js'
import { checkpointEntry } from '../run/shard-checkpoints.js'
import { calibrationNotes, withCalibration } from '../run/with-calibration.js'
import type { ObjectStore } from '../storage/object-store.js'
import { findCalibration } from './calibration-file.js'
import { withEndpointModel } from './endpoint-model.js'
import type { Environment } from './environment.js'
import { checkLabelRules } from './label-rules.js'
import { packageVersion } from './package-version.js'
import { loadPipeline } from './pipeline-file.js'
import { pullReporter } from './pull-view.js'

/** What a run is prepared from. */
export interface PrepareOptions {
  readonly pipeline: string
  readonly images: string
  readonly imageFolder?: string
  readonly allowHosts: readonly string[]
  readonly allowPrivateAddresses?: boolean
  /** Absolute location of the store. */
  readonly out: string
  readonly set: readonly string[]
  readonly runId?: string
  /** As `--calibration` names it. */
  readonly calibration?: string
  readonly environment: Environment
}

/** A source that can be packed. */
export interface OpenedSource {
  /** As it was named. */
  readonly images: string
  readonly source: ImageSource
  readonly set: string
  readonly settings: IngestSettings
  close(): Promise<void>
}

/** An opened store and source, and the plan that follows from them. Nothing is written yet. */
export interface PreparedRun {
  readonly store: ObjectStore
  readonly plan: RunPlan
  /** What to tell about the calibration that was asked for. */
  readonly notes: readonly string[]
  readonly ingest: Pick<OpenedSource, 'source' | 'set' | 'settings'>
  close(): Promise<void>
}

/** Opens a source as a pipeline wants it packed. Throws the errors of sources. */
export async function openImages(
  asked: Pick<PrepareOptions, 'images' | 'allowHosts' | 'allowPrivateAddresses' | 'out' | 'environment'> & {
    readonly imageFolder?: string | undefined
  },
  { ingest, shard_size }: Pipeline,
): Promise<OpenedSource> {
  const { images, imageFolder, allowHosts, allowPrivateAddresses = false, out, environment } = asked
  const source = await openSource(images, {
    output: out,
    openStore: environment.openStore,
    web: { hosts: allowHosts, privateAddresses: allowPrivateAddresses },
    ...(imageFolder === undefined ? {} : { image_folder: imageFolder }),
  })
  const settings = ingestSettingsSchema.parse({ ...ingest, shard_size })
  return { images, source, settings, set: await setName(source, settings), close: () => source.close() }
}

/** Opens what a run needs and plans it. Throws the errors of pipelines, packs, checkpoints, sources and stores. */
export async function prepareRun(options: PrepareOptions): Promise<PreparedRun> {
  const { environment, out } = options
  const store = await environment.openStore(out)
  const calibration = options.calibration === undefined ? null : await findCalibration(store, options.calibration)
  const lay = calibration === null ? undefined : (pipeline: Pipeline) => withCalibration(pipeline, calibration)
  const pipeline = await loadPipeline(options.pipeline, options.set, lay)
  const { source, set, settings } = await openImages(options, pipeline)
  const plan = await planWithPacks(
    { store, environment },
    {
      ...{ pipeline, set },
      source: source.uri,
      labelDigest: labelDigest(source, set),
      run: options.runId,
      asked: askedBy(options, calibration),
    },
  )
  checkLabelRules(plan)
  const close = async () => {
    await source.close()
    await store.close()
  }
  const notes = calibration === null ? [] : calibrationNotes(plan.annotators, calibration)
  return { store, plan, notes, ingest: { source, set, settings }, close }
}

/** What a plan is made from beside the packs, the store's checkpoints and this version of the engine. */
type AskedPlan = Omit<PlanOptions, 'registry' | 'findEntry' | 'pinEntry' | 'version'>

/** What is known of a pipeline's entries before any pack is asked. */
export interface KnownEntries {
  /** Why an annotator (`pack/entry`) is left out. */
  readonly leftOut: ReadonlyMap<string, string>
  /** The entry with the pins that are known. */
  pin(entry: PackEntry): PackEntry
}

/** Plans a run with the packs and annotators of this machine. */
export async function planWithPacks(
  { store, environment }: { store: ObjectStore; environment: Environment },
  asked: AskedPlan,
  known?: KnownEntries,
): Promise<RunPlan> {
  return planRun({
    registry: annotatorRegistry,
    findEntry: async (use) => {
      const why = known?.leftOut.get(use)
      if (why !== undefined) throw new FldError('model_unavailable', why)
      return withEndpointModel(await findEntry(use, store), environment.endpointModel)
    },
    pinEntry: async (entry) =>
      lockEntry(known?.pin(entry) ?? entry, { ...(await environment.pullOptions()), onProgress: pullReporter() }),
    version: await packageVersion(),
    ...asked,
  })
}

/** The command as a plan keeps it: what it names by a relative path is named by the whole one. */
function askedBy(options: PrepareOptions, calibration: Calibration | null): AskedRun {
  const { pipeline, images, imageFolder, set } = options
  const file = options.calibration?.endsWith('.json') ? resolve(options.calibration) : null
  return {
    pipeline: pipelines.has(pipeline) ? pipeline : resolve(pipeline),
    images: isPath(images) ? resolve(images) : images,
    image_folder: imageFolder === undefined ? null : isPath(imageFolder) ? resolve(imageFolder) : imageFolder,
    allow_hosts: [...options.allowHosts],
    allow_private_addresses: options.allowPrivateAddresses ?? false,
    set: [...set],
    calibration: file ?? (calibration === null ? null : `${calibration.name}@${calibration.version}`),
  }
}

function isPath(location: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(location)
}

/** A checkpoint lies in the run's own store. One that is not there, or has no `current`, is told before anything starts. */
async function findEntry(use: string, store: ObjectStore): Promise<PackEntry> {
  const checkpoint = checkpointOf(use)
  if (checkpoint === null) return (await loadPackEntry(use)).entry
  const { name, version } = checkpoint
  return checkpointEntry(store, await readCheckpoint(store, name, version ?? 'current', {}))
}
