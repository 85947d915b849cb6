import { FldError } from '../../schemas/errors.js'
import type { PackEntry } from '../../schemas/pack.js'
import type { AnnotatorUse, Pipeline } from '../../schemas/pipeline.js'
import type { PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { annotatorOptions, entryVocabulary } from '../annotate/load-annotator.js'
import { type AnnotatorRegistry, annotatorModule } from '../annotate/registry.js'
import { planDigest } from './plan-digest.js'

/** What a plan is made from. */
export interface PlanOptions {
  readonly pipeline: Pipeline
  readonly registry: AnnotatorRegistry
  /** The pack's entry that a `pack/entry` names. */
  readonly findEntry: (use: string) => Promise<PackEntry>
  readonly set: string
  readonly source: string
  readonly labelDigest: string | null
  /** The run's name; made of the pipeline's and the plan's digest when absent, so that the same command finds it again. */
  readonly run?: string | undefined
  readonly version: string
}

/**
 * Resolves a pipeline into the plan of a run: every annotator with its model files, options and digest. Throws FldError
 * `config_invalid` or `annotator_unknown` naming the annotator and what is wrong.
 */
export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const annotators = await planAnnotators(options)
  const { pipeline, set, source, labelDigest } = options
  // An observation is the same whatever family says it; a vote is not.
  const voices = annotators.map(({ digest: own, entry }) => ({ digest: own, family: entry.family }))
  const digest = planDigest({ set, labelDigest, pipeline, annotators: voices })
  return {
    run: options.run ?? `${pipeline.name}-${digest.slice(0, 8)}`,
    set,
    source,
    label_digest: labelDigest,
    pipeline,
    annotators,
    digest,
    created_at: new Date().toISOString(),
    version: options.version,
  }
}

async function planAnnotators(options: PlanOptions): Promise<PlannedAnnotator[]> {
  const planned: PlannedAnnotator[] = []
  for (const stage of options.pipeline.stages) {
    // Annotators of one stage do not see each other.
    const earlier = [...planned]
    for (const use of stage.annotators) planned.push(await planAnnotator(use, stage.name, earlier, options))
  }
  const names = planned.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new FldError('config_invalid', `pipeline "${options.pipeline.name}" uses the annotator "${twice}" twice`)
  }
  return planned
}

async function planAnnotator(
  { use, required, options }: AnnotatorUse,
  stage: string,
  earlier: readonly PlannedAnnotator[],
  context: PlanOptions,
): Promise<PlannedAnnotator> {
  const found = await context.findEntry(use)
  const entry = { ...found, options: { ...found.options, ...options } }
  const module = annotatorModule(context.registry, entry.annotator, `entry "${use}"`)
  const { name } = entry
  const digest = planDigest({
    annotator: module.name,
    version: module.version,
    files: entry.files.map(({ path, sha256 }) => ({ path, sha256 })),
    options: annotatorOptions(module, entry),
    vocabulary: entryVocabulary(entry),
    ...(module.needs === 'image' ? {} : { decidedBy: decidedBy(earlier, context) }),
  }).slice(0, 16)
  return {
    name,
    use,
    required,
    stage,
    resource: module.resource,
    needs: module.needs,
    produces: [...module.produces],
    digest,
    entry,
  }
}

/** All that decides what an annotator of a later stage is shown. */
function decidedBy(earlier: readonly PlannedAnnotator[], { pipeline, labelDigest }: PlanOptions): unknown {
  const sources = earlier.map(({ name, digest, entry, required }) => ({ name, digest, family: entry.family, required }))
  return { sources, labelDigest, consensus: pipeline.consensus }
}
