import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ImageRecord } from '../../schemas/image.js'
import type { CheckpointVersions, PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { annotateImages } from '../annotate/annotate-images.js'
import type { AnnotatorInput } from '../annotate/contract.js'
import type { DecidedSoFar } from '../consensus/index.js'
import { observationsExist, writeObservations } from '../dataset/observation-file.js'
import { costMetadata, type ObservationCost } from '../dataset/observation-footer.js'
import type { ShardImages } from '../dataset/shard-images.js'
import { decodeImage } from '../models/pixels/decode-image.js'
import type { ObjectStore } from '../storage/object-store.js'
import { decidedBefore } from './decide-shard.js'
import { observationKeys } from './observation-keys.js'
import type { WorkerServices } from './worker-services.js'

/** Which annotator over which shard, and when to stop. */
export interface AnnotateShardOptions {
  readonly out: string
  readonly run: string
  readonly shard: string
  readonly annotator: string
  /** The versions that the shard has taken up when it began. */
  readonly checkpoints: CheckpointVersions
  /** Ends a running batch at once. */
  readonly signal: AbortSignal
  /** Ends the work after the running batch. */
  readonly drain: AbortSignal
  readonly onProgress: (images: number) => void
}

/**
 * Runs one annotator of a run over one shard and writes its observations, unless they are there: a retry, a resume and
 * another run with the same annotator all reuse them. Returns the number of images.
 */
export async function annotateShard(services: WorkerServices, options: AnnotateShardOptions): Promise<number> {
  const { out, run, shard, signal } = options
  const store = await services.store(out)
  const plan = await services.boundPlan(out, run, options.checkpoints)
  const planned = plannedAnnotator(plan, options.annotator)
  const key = (await observationKeys({ store, plan, shard, signal }, planned.stage)).get(planned.name) ?? ''
  const opened = await services.shardImages(out, { set: plan.set, shard })
  if (await observationsExist(store, key, { signal })) return opened.images.length
  const inputs = await annotatorInputs({ services, store, plan, planned, shard, opened, signal })
  const { drain, onProgress } = options
  const batchSize = plan.pipeline.batch_size
  let began = 0
  const observed = await services.annotators.use(planned, (annotator) => {
    began = performance.now()
    return annotateImages(inputs, { annotator, batchSize, signal, drain, onProgress })
  })
  const cost = costOf(planned, observed.length, (performance.now() - began) / 1000)
  const about = { 'fld.annotator': planned.name, 'fld.digest': planned.digest, 'fld.set': plan.set, 'fld.shard': shard }
  await writeObservations(store, key, observed, { signal, metadata: { ...about, ...costMetadata(cost) } })
  return observed.length
}

/** Kept with the observations: whoever reuses them can still tell what they took. */
function costOf({ entry }: PlannedAnnotator, images: number, seconds: number): ObservationCost {
  return { seconds: Number(seconds.toFixed(3)), images, provider: entry.provider, cpus: availableParallelism() }
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
  readonly signal: AbortSignal
}

const nothingDecided: DecidedSoFar = { regions: [], texts: [], regionTexts: [] }

async function annotatorInputs(context: InputContext): Promise<AnnotatorInput[]> {
  const { store, plan, planned, shard, opened, signal } = context
  const decided: ReadonlyMap<string, DecidedSoFar> =
    planned.needs === 'image'
      ? new Map()
      : await decidedBefore({ store, plan, shard, images: opened.images, before: planned.stage, signal })
  return opened.images.map((image) => ({
    image_id: image.image_id,
    width: image.width,
    height: image.height,
    pixels: () => pixelsOf(image, context),
    ...(decided.get(image.image_id) ?? nothingDecided),
  }))
}

/** Decoded once per process, whichever annotators ask for it. */
function pixelsOf(image: ImageRecord, { services, opened, plan }: InputContext) {
  const pixelLimit = plan.pipeline.ingest.max_pixels
  return services.rasters.get(image.image_id, async () => decodeImage(await opened.encoded(image), { pixelLimit }))
}
