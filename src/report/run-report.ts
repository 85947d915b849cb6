import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { listNames } from '../dataset/list-names.js'
import { readManifest } from '../dataset/manifest.js'
import { readPlanOfRound } from '../run/round-plan.js'
import { summariseRun } from '../run/run-summary.js'
import type { ObjectStore } from '../storage/object-store.js'
import { gatherAnnotations } from './annotation-statistics.js'
import { AccuracyTally } from './detection-accuracy.js'
import type { KnownBoxes } from './known-boxes.js'
import { qualityHints } from './quality-hints.js'
import { gatherRejects } from './reject-statistics.js'
import type { RunReport } from './report-figures.js'
import { readReportShards } from './report-shards.js'
import { gatherAgreement } from './source-agreement.js'
import { gatherSources } from './source-costs.js'
import { gatherCoverage } from './spatial-coverage.js'
import { gatherSemantics } from './text-semantics.js'

/** Which round of which run, and when to stop. */
export interface ReportQuestion {
  readonly store: ObjectStore
  readonly run: string
  readonly round: number
  readonly signal: AbortSignal
  /** True boxes to hold the run against; those that came with its source when left out. */
  readonly known?: KnownBoxes
  /** Told after each shard. */
  readonly onShard?: (done: number, committed: number) => void
}

/**
 * Reads all committed shards of a round and adds them up: one at a time, a few fetched ahead, so that memory does not grow
 * with the run (with its labelled images it does). Throws FldError `run_missing`; `aborted` when the signal fires; the store's errors.
 */
export async function reportRun(question: ReportQuestion): Promise<RunReport> {
  const { store, run, round, signal } = question
  // A round n is about its checkpoint: what became of what specialists said is told by the report of round 0.
  const plan = await readPlanOfRound(store, { run, round }, { signal })
  await checkRound(question)
  const summary = await summariseRun(store, { run, round }, { signal })
  const manifest = await readManifest(store, run, round, { signal })
  const gatherers = gatherersOf(plan, round)
  const tally = new AccuracyTally(plan, question.known ?? null)
  let done = 0
  for await (const shard of readReportShards(store, { plan, round }, { signal })) {
    for (const gatherer of Object.values(gatherers)) gatherer.add(shard)
    await tally.add(store, shard, { signal })
    done += 1
    question.onShard?.(done, summary.committed)
  }
  const figures = {
    summary,
    closed_at: manifest?.closed_at ?? null,
    replay_of: plan.replay_of,
    annotations: gatherers.annotations.figures(),
    semantics: gatherers.semantics.figures(),
    coverage: gatherers.coverage.figures(),
    agreement: gatherers.agreement.figures(),
    rejects: gatherers.rejects.figures(),
    sources: gatherers.sources.figures(),
    accuracy: tally.figures(),
  }
  return { kind: 'fld-report', version: 1, ...figures, hints: qualityHints(plan, figures) }
}

/** A run that nothing is committed of yet has its first round all the same. */
async function checkRound({ store, run, round, signal }: ReportQuestion): Promise<void> {
  const begun = await listNames(store, storeLayout.rounds(run), { signal })
  const rounds = begun.length === 0 ? ['0'] : begun
  if (rounds.includes(String(round))) return
  const message = `run "${run}" has no round ${round}; there ${rounds.length === 1 ? 'is' : 'are'}: ${rounds.join(', ')}`
  throw new FldError('run_missing', message, { details: { run, round } })
}

function gatherersOf(plan: RunPlan, round: number) {
  return {
    annotations: gatherAnnotations(),
    semantics: gatherSemantics(),
    coverage: gatherCoverage(),
    agreement: gatherAgreement(plan),
    rejects: gatherRejects(),
    sources: gatherSources(round === 0 ? plan : { ...plan, label_digest: null }),
  }
}
