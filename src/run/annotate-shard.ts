import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { CheckpointVersions, PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { annotateImages } from '../annotate/annotate-images.js'
import type { AnnotatorInput } from '../annotate/contract.js'
import type { DecidedSoFar } from '../consensus/index.js'
import { replaceObservations, writeObservations } from '../dataset/observation-file.js'
import { costMetadata, type ObservationCost } from '../dataset/observation-footer.js'
import type { ShardImages } from '../dataset/shard-images.js'
import { decodeImage } from '../models/pixels/decode-image.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { JobGuard } from './batch-guard.js'
import { decidedBefore } from './decide-shard.js'
import { observationKeys } from './observation-keys.js'
import { shownBefore } from './shown-before.js'
import type { WorkerServices } from './worker-services.js'

/** Which annotator over which shard, and when to stop. */
export interface AnnotateShardOptions {
  readonly out: string
  readonly run: string
  readonly round: number
  readonly shard: string
  readonly annotator: string
  /** The versions that the shard has taken up when it began. */
  readonly checkpoints: CheckpointVersions
  /** Ends a running batch at once. */
  readonly signal: AbortSignal
  /** Ends the work after the running batch. */
  readonly drain: AbortSignal
  readonly onProgress: (images: number) => void
  /** Only these images (image_id); all when left out. */
  readonly again?: ReadonlySet<string> | undefined
  /** Stands around the batches and the loading. */
  readonly guard: JobGuard
}

/**
 * Runs one annotator of a run over one shard and writes its observations, unless they are there: a retry, a resume and
 * another run with the same annotator all reuse them. With `again` it is run over those images alone, and what it says takes
 * the place of what it said of them. Returns the number of images that it looked at.
 */
export async function annotateShard(services: WorkerServices, options: AnnotateShardOptions): Promise<number> {
  const { out, run, round, shard, signal, again } = options
  const store = await services.store(out)
  const plan = await services.plans.bound(out, { run, round }, options.checkpoints)
  const planned = plannedAnnotator(plan, options.annotator)
  if (!services.knows(planned)) throw otherDecoder(planned)
  const key = (await observationKeys({ store, plan, shard, signal }, planned.stage)).get(planned.name) ?? ''
  const opened = await services.shardImages(out, { set: plan.set, shard })
  const before = await store.head(key, { signal })
  if (before !== null && again === undefined) return opened.images.length
  const asked = before === null ? opened.images : opened.images.filter(({ image_id }) => again?.has(image_id))
  const inputs = await annotatorInputs({
    services,
    store,
    plan,
    planned,
    shard,
    opened,
    images: asked,
    options,
    signal,
  })
  const { observed, seconds } = await runAnnotator(services, { plan, planned, inputs, options })
  const cost = costOf(planned, observed.length, seconds)
  const about = { 'fld.annotator': planned.name, 'fld.digest': planned.digest, 'fld.set': plan.set, 'fld.shard': shard }
  const metadata = { ...about, ...costMetadata(cost) }
  if (before === null) await writeObservations(store, key, observed, { signal, metadata })
  else await replaceObservations(store, key, observed, { signal, etag: before.etag, metadata: about, cost })
  return observed.length
}

async function runAnnotator(
  services: WorkerServices,
  work: {
    readonly plan: RunPlan
    readonly planned: PlannedAnnotator
    readonly inputs: readonly AnnotatorInput[]
    readonly options: AnnotateShardOptions
  },
): Promise<{ observed: ImageObservations[]; seconds: number }> {
  const { plan, planned, inputs, options } = work
  const { signal, drain, onProgress, guard } = options
  const { batch_size: batchSize, image_timeout_s: imageTimeout } = plan.pipeline
  await guard.loading()
  return services.annotators.use(planned, async (annotator) => {
    const began = performance.now()
    const how = { annotator, batchSize, imageTimeout, signal, drain, onProgress, guard }
    const observed = await annotateImages(inputs, how)
    return { observed, seconds: (performance.now() - began) / 1000 }
  })
}

/** Kept with the observations: whoever reuses them can still tell what they took. */
function costOf({ entry }: PlannedAnnotator, images: number, seconds: number): ObservationCost {
  return { seconds: Number(seconds.toFixed(3)), images, provider: entry.provider, cpus: availableParallelism() }
}

/** Its observations would lie under the name of what another decoder says. */
function otherDecoder({ name, entry, decoder }: PlannedAnnotator): FldError {
  const message = `annotator ${name} wants version ${decoder} of "${entry.annotator}", which this worker has not: it is of another version of fld than the run`
  return new FldError('worker_unfit', message, { details: { annotator: name, decoder } })
}

/** The annotator of a plan by its name; the plan is the only place such a name comes from. */
function plannedAnnotator(plan: RunPlan, name: string): PlannedAnnotator {
  const planned = plan.annotators.find((candidate) => candidate.name === name)
  if (!planned) throw new RangeError(`run ${plan.run} has no annotator ${name}`)
  return planned
}

interface InputContext {
  readonly services: WorkerServices
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly planned: PlannedAnnotator
  readonly shard: string
  readonly opened: ShardImages
  /** Those to annotate. */
  readonly images: readonly ImageRecord[]
  readonly options: Pick<AnnotateShardOptions, 'out' | 'run' | 'round'>
  readonly signal: AbortSignal
}

const nothingDecided: DecidedSoFar = { regions: [], texts: [], regionTexts: [] }

async function annotatorInputs(context: InputContext): Promise<AnnotatorInput[]> {
  const { planned, images } = context
  const decided: ReadonlyMap<string, DecidedSoFar> = planned.needs === 'image' ? new Map() : await shownTo(context)
  return images.map((image) => ({
    image_id: image.image_id,
    width: image.width,
    height: image.height,
    pixels: () => pixelsOf(image, context),
    ...(decided.get(image.image_id) ?? nothingDecided),
  }))
}

/** What the earlier stages decided; in a round that is merged with the one before, what that agreed on. */
async function shownTo(context: InputContext): Promise<ReadonlyMap<string, DecidedSoFar>> {
  const { services, store, plan, planned, shard, images, options, signal } = context
  const before = await services.plans.shardBefore(options.out, options, shard)
  if (before !== null) return shownBefore(store, before, { signal })
  return decidedBefore({ store, plan, shard, images, before: planned.stage, signal })
}

/** Decoded once per process, whichever annotators ask for it. */
function pixelsOf(image: ImageRecord, { services, opened, plan }: InputContext) {
  const pixelLimit = plan.pipeline.ingest.max_pixels
  return services.rasters.get(image.image_id, async () => decodeImage(await opened.encoded(image), { pixelLimit }))
}
