import { type AnnotatorUse, annotatorName, checkpointOf } from '../../schemas/annotator-use.js'
import { shownRules } from '../../schemas/consensus/shown-rules.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'
import type { LockedEntry, PackEntry } from '../../schemas/pack.js'
import type { Pipeline } from '../../schemas/pipeline.js'
import type { AskedRun, PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import type { AnnotatorModule } from '../annotate/contract.js'
import { annotatorOptions } from '../annotate/load-annotator.js'
import { type AnnotatorRegistry, annotatorModule } from '../annotate/registry.js'
import { pickFiles } from '../models/packs/graph-files.js'
import { digestWithFiles } from './bind-checkpoints.js'
import { planDigest } from './plan-digest.js'

/** What a plan is made from. */
export interface PlanOptions {
  readonly pipeline: Pipeline
  readonly registry: AnnotatorRegistry
  /** The pack's entry that a `pack/entry` names; for a checkpoint the entry of the version named, or of the `current` one. */
  readonly findEntry: (use: string) => Promise<PackEntry>
  /** The entry with every file pinned: to what is kept here, or to what its source has now. */
  readonly pinEntry: (entry: PackEntry) => Promise<LockedEntry>
  readonly set: string
  readonly source: string
  readonly labelDigest: string | null
  /** The run's name; made of the pipeline's and the plan's digest when absent, so that the same command finds it again. */
  readonly run?: string | undefined
  /** What the run can be gone on with by its name; null or absent where it cannot. */
  readonly asked?: AskedRun | null
  readonly version: string
}

/**
 * Resolves a pipeline into the plan of a run: every annotator with its model files, options and digest. Throws FldError
 * `config_invalid` or `annotator_unknown` naming the annotator and what is wrong.
 */
export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const { annotators, leftOut } = await planAnnotators(options)
  const { pipeline, set, source, labelDigest } = options
  // An observation is the same whatever family says it; a vote is not.
  const voices = annotators.map(({ digest: own, entry }) => ({ digest: own, family: entry.family }))
  const digest = planDigest({ set, labelDigest, pipeline: withoutProviders(pipeline), annotators: voices })
  return {
    run: options.run ?? `${pipeline.name}-${digest.slice(0, 8)}`,
    set,
    source,
    label_digest: labelDigest,
    pipeline,
    annotators,
    left_out: leftOut,
    replay_of: null,
    asked: options.asked ?? null,
    digest,
    created_at: new Date().toISOString(),
    version: options.version,
  }
}

/** What computes a model decides nothing: a run goes on elsewhere under its name. */
function withoutProviders(pipeline: Pipeline): Pipeline {
  const bare = ({ provider: _, ...use }: AnnotatorUse): AnnotatorUse => use
  return { ...pipeline, stages: pipeline.stages.map((stage) => ({ ...stage, annotators: stage.annotators.map(bare) })) }
}

async function planAnnotators(
  options: PlanOptions,
): Promise<{ annotators: PlannedAnnotator[]; leftOut: Record<string, string> }> {
  const annotators: PlannedAnnotator[] = []
  const leftOut: Record<string, string> = {}
  for (const stage of options.pipeline.stages) {
    // Annotators of one stage do not see each other.
    const earlier = [...annotators]
    for (const use of stage.annotators) {
      try {
        annotators.push(await planAnnotator(use, stage.name, earlier, options))
      } catch (error) {
        if (use.required || !(error instanceof FldError) || !leavesOut.has(error.code)) throw error
        leftOut[annotatorName(use)] = errorMessage(error)
      }
    }
  }
  const names = [...annotators.map(({ name }) => name), ...Object.keys(leftOut)]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new FldError('config_invalid', `pipeline "${options.pipeline.name}" uses the annotator "${twice}" twice`)
  }
  const taken = sourceAnnotators.find(({ annotator }) => names.includes(annotator))
  if (taken !== undefined) {
    const message = `pipeline "${options.pipeline.name}" has an annotator "${taken.annotator}": that is who speaks for the source; give another name (as)`
    throw new FldError('config_invalid', message)
  }
  checkOneVersionEach(annotators, options.pipeline)
  return { annotators, leftOut }
}

/** A commit says one version for each checkpoint, so that nobody has to ask which of a shard's rows are of which. */
function checkOneVersionEach(annotators: readonly PlannedAnnotator[], pipeline: Pipeline): void {
  const said = new Map<string, PlannedAnnotator>()
  for (const planned of annotators) {
    if (planned.checkpoint === null) continue
    const { name, version } = planned.checkpoint
    const other = said.get(name)
    said.set(name, planned)
    if (other === undefined || other.checkpoint?.version === version) continue
    const message = `pipeline "${pipeline.name}" uses checkpoint "${name}" as ${other.use} and as ${planned.use}; a run has one version of a checkpoint at a time`
    throw new FldError('config_invalid', message)
  }
}

/** What keeps an optional annotator out of a run: options that it cannot do without, files that cannot be had. */
const leavesOut: ReadonlySet<ErrorCode> = new Set(['config_invalid', 'model_unavailable'])

async function planAnnotator(
  use: AnnotatorUse,
  stage: string,
  earlier: readonly PlannedAnnotator[],
  context: PlanOptions,
): Promise<PlannedAnnotator> {
  const chosen = await chosenEntry(use, context)
  const module = annotatorModule(context.registry, chosen.annotator, `entry "${use.use}"`)
  // A wrong option is told before anything is downloaded.
  const options = annotatorOptions(module, chosen)
  const pinned = await context.pinEntry(chosen)
  const checkpoint = checkpointOf(use.use)
  const entry = checkpoint?.version === null ? following(pinned, use) : pinned
  const digest = planDigest({
    annotator: module.name,
    version: module.version,
    ...(checkpoint === null
      ? { files: entry.files.map(({ path, sha256 }) => ({ path, sha256 })) }
      : { checkpoint: checkpoint.name, dtype: use.dtype }),
    options: withoutOperational(options, module),
    vocabulary: entryVocabulary(entry),
    ...(module.needs === 'image' ? {} : { decidedBy: decidedBy(earlier, context) }),
  }).slice(0, 16)
  const resource = entry.provider === 'cuda' ? 'gpu' : module.resource
  return {
    name: annotatorName(use),
    use: use.use,
    required: use.required,
    stage,
    resource,
    needs: module.needs,
    produces: [...module.produces],
    decoder: module.version,
    checkpoint,
    // Bound to a version, one that follows `current` says the same as one that names that version.
    digest: checkpoint?.version == null ? digest : digestWithFiles(digest, entry.files),
    entry,
  }
}

/** What is the same for all versions: files, and the dtypes where nobody chose, are the version's that a shard takes up. */
function following(entry: LockedEntry, { dtype = 'fp32' }: AnnotatorUse): LockedEntry {
  return { ...entry, dtype, files: [] }
}

function withoutOperational(options: unknown, { operational = [] }: AnnotatorModule): unknown {
  if (options === null || typeof options !== 'object') return options
  return Object.fromEntries(Object.entries(options).filter(([name]) => !operational.includes(name)))
}

/** The entry that a pipeline uses, as it uses it: only the files of its dtypes. */
async function chosenEntry(use: AnnotatorUse, { findEntry }: PlanOptions): Promise<PackEntry> {
  const found = await findEntry(use.use)
  const { annotator = found.annotator, dtype = found.dtype, provider = found.provider } = use
  return pickFiles({ ...found, annotator, dtype, provider, options: { ...found.options, ...use.options } })
}

/** All that decides what an annotator of a later stage is shown. */
function decidedBy(earlier: readonly PlannedAnnotator[], { pipeline, labelDigest }: PlanOptions): unknown {
  const sources = earlier.map(({ name, digest, entry, required }) => ({ name, digest, family: entry.family, required }))
  return { sources, labelDigest, consensus: shownRules(pipeline.consensus) }
}
