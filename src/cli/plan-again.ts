import { stat } from 'node:fs/promises'
import { pipelines } from '../../pipelines/index.js'
import { annotatorName } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import type { PackEntry } from '../../schemas/pack.js'
import type { Pipeline } from '../../schemas/pipeline.js'
import type { RunPlan } from '../../schemas/run.js'
import { labelDigest } from '../ingest/set-name.js'
import { withCalibration } from '../run/with-calibration.js'
import type { ObjectStore } from '../storage/object-store.js'
import { findCalibration } from './calibration-file.js'
import type { Environment } from './environment.js'
import { loadPipeline } from './pipeline-file.js'
import { type OpenedSource, openImages, planWithPacks } from './prepare-run.js'

/** Where a plan is made again. */
interface Surroundings {
  readonly store: ObjectStore
  readonly environment: Environment
  /** The source, where packing it goes on; null where the set is complete and stands for it. */
  readonly opened: OpenedSource | null
}

/**
 * The plan that a run's own command would make here and now: of its pipeline, its images and the packs and code of this
 * machine. Files that no pack pins are those that the run has pinned. `note` says what is taken from the run for want of the
 * original.
 */
export async function planAgain(
  plan: RunPlan,
  { store, environment, opened }: Surroundings,
): Promise<{ plan: RunPlan; note: string | null }> {
  const { pipeline, note } = await pipelineNow(plan, store)
  const again = await planWithPacks(
    { store, environment },
    {
      pipeline,
      set: opened?.set ?? plan.set,
      source: plan.source,
      labelDigest: opened === null ? plan.label_digest : labelDigest(opened.source, opened.set),
      run: plan.run,
      asked: plan.asked,
    },
    { leftOut: leftOut(plan), pin: (entry) => withPlannedPins(entry, plan) },
  )
  return { plan: again, note }
}

/** The source of a run whose packing has not ended. Throws FldError `config_invalid` where nobody knows where that is. */
export async function openAskedSource(
  plan: RunPlan,
  {
    out,
    environment,
    flags,
  }: { out: string; environment: Environment; flags: { images?: string; imageFolder?: string } },
): Promise<OpenedSource> {
  const images = flags.images ?? plan.asked?.images
  if (images === undefined) {
    const message = `run "${plan.run}" had not packed all of its images (${plan.source}): name them with --images`
    throw new FldError('config_invalid', message)
  }
  const imageFolder = flags.imageFolder ?? plan.asked?.image_folder ?? undefined
  const allowHosts = plan.asked?.allow_hosts ?? []
  const allowPrivateAddresses = plan.asked?.allow_private_addresses ?? false
  return openImages({ images, imageFolder, allowHosts, allowPrivateAddresses, out, environment }, plan.pipeline)
}

async function pipelineNow(plan: RunPlan, store: ObjectStore): Promise<{ pipeline: Pipeline; note: string | null }> {
  const { asked } = plan
  if (asked === null) return { pipeline: plan.pipeline, note: null }
  if (!pipelines.has(asked.pipeline) && (await stat(asked.pipeline).catch(() => null)) === null) {
    return { pipeline: plan.pipeline, note: `${asked.pipeline} is not here: the pipeline is taken as the run has it` }
  }
  const calibration = asked.calibration === null ? null : await findCalibration(store, asked.calibration)
  const lay = calibration === null ? undefined : (pipeline: Pipeline) => withCalibration(pipeline, calibration)
  return { pipeline: await loadPipeline(asked.pipeline, asked.set, lay), note: null }
}

/** What could not be used when the run began stays out of it. */
function leftOut({ pipeline, left_out }: RunPlan): Map<string, string> {
  const uses = pipeline.stages.flatMap(({ annotators }) => annotators)
  return new Map(
    uses.flatMap((use) => {
      const why = left_out[annotatorName(use)]
      return why === undefined ? [] : [[use.use, why] as const]
    }),
  )
}

/** Another machine would pin what the hub has today. */
function withPlannedPins(entry: PackEntry, plan: RunPlan): PackEntry {
  const pins = new Map(
    plan.annotators
      .filter((planned) => planned.entry.name === entry.name)
      .flatMap((planned) => planned.entry.files.map((file) => [file.path, file] as const)),
  )
  return {
    ...entry,
    files: entry.files.map((file) => (file.sha256 === undefined ? (pins.get(file.path) ?? file) : file)),
  }
}
