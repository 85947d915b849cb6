import type { Pipeline } from '../../schemas/pipeline.js'
import type { PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { changedRules } from '../rounds/index.js'

/** How the plan that is asked for differs from the one that a run has: what, and where, one sentence each; none where they are one. */
export function planDifferences(existing: RunPlan, asked: RunPlan): string[] {
  if (existing.digest === asked.digest) return []
  const found = [
    ...(existing.set === asked.set ? [] : [`its images are set ${existing.set}, these are ${asked.set}`]),
    ...annotatorDifferences(existing.annotators, asked.annotators),
    ...settingDifferences(existing.pipeline, asked.pipeline),
    ...originDifference(existing, asked),
  ]
  return found.length > 0 ? found : ['its annotators are ordered, or its labels read, in another way']
}

/** Annotators whose observations hold for what is asked: same images, same model, same options, same input. */
export function heldAnnotators(existing: RunPlan, asked: RunPlan): string[] {
  if (existing.set !== asked.set) return []
  const digests = new Map(existing.annotators.map(({ name, digest }) => [name, digest]))
  return asked.annotators.filter(({ name, digest }) => digests.get(name) === digest).map(({ name }) => name)
}

function annotatorDifferences(existing: readonly PlannedAnnotator[], asked: readonly PlannedAnnotator[]): string[] {
  const before = new Map(existing.map((planned) => [planned.name, planned]))
  const now = new Set(asked.map(({ name }) => name))
  return [
    ...asked.flatMap((planned) => {
      const earlier = before.get(planned.name)
      if (earlier === undefined) return [`annotator ${planned.name} is new`]
      if (earlier.digest === planned.digest) return []
      return [`annotator ${planned.name} has ${changedParts(earlier, planned).join(' and ')}`]
    }),
    ...existing.filter(({ name }) => !now.has(name)).map(({ name }) => `annotator ${name} is gone`),
  ]
}

/** What makes the digests of an annotator differ: its files, its options, or neither. */
function changedParts({ entry: before }: PlannedAnnotator, { entry: now }: PlannedAnnotator): string[] {
  const pins = new Map(before.files.map(({ path, sha256 }) => [path, sha256]))
  const files = now.files.filter(({ path, sha256 }) => pins.get(path) !== sha256).map(({ path }) => path)
  const options = changedRules(before.options, now.options).map(({ key }) => key)
  const parts = [
    ...(files.length > 0 || before.files.length !== now.files.length
      ? [`other model files (${files.join(', ')})`]
      : []),
    ...(options.length > 0 ? [`other options (${options.join(', ')})`] : []),
    ...(before.annotator === now.annotator ? [] : [`another kind (${now.annotator})`]),
  ]
  return parts.length > 0 ? parts : ['another decoder or input']
}

function settingDifferences(existing: Pipeline, asked: Pipeline): string[] {
  const bare = ({ stages: _, name: __, description: ___, ...settings }: Pipeline) => settings
  return changedRules(bare(existing), bare(asked)).map(
    ({ key, before, after }) => `${key} was ${JSON.stringify(before)}, and is ${JSON.stringify(after)} now`,
  )
}

function originDifference({ replay_of: before }: RunPlan, { replay_of: now }: RunPlan): string[] {
  if (before?.run === now?.run && before?.round === now?.round) return []
  return [before === null ? 'it is no replay' : `it replays round ${before.round} of run "${before.run}"`]
}
