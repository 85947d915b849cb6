import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { RoundPlan } from '../../schemas/round.js'
import type { RunPlan } from '../../schemas/run.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { manifestShards, readManifest } from '../dataset/manifest.js'
import { readSnapshotTable } from '../dataset/snapshot.js'
import { diffRounds, type TableDiff } from '../rounds/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import { readRoundPlan } from './round-plan.js'

/** A closed round beside the one that it was merged with. */
export interface RoundStep {
  readonly round: number
  /** Null in round 0, which specialists alone annotated. */
  readonly step: {
    readonly before: number
    readonly checkpoint: string
    /**
     * Rows that were added, dropped, moved, relabelled or told otherwise, for each row that was there before: of texts, regions
     * and triplets together. Support that grew is no change.
     */
    readonly churn: number
    /** Share of the regions before that the checkpoint saw too; null where there was none. */
    readonly agreement: number | null
  } | null
  readonly rows: Readonly<Record<string, number>>
  readonly withdrawn: boolean
  readonly current: boolean
}

/** Below this a round has changed so little that another one is hardly worth its price. */
export const steadyChurn = 0.02

/** The closed rounds of a run, oldest first. Each pair of rounds is read once. */
export async function roundHistory(
  store: ObjectStore,
  plan: RunPlan,
  { signal }: { readonly signal: AbortSignal },
): Promise<RoundStep[]> {
  const rounds = await readClosedRounds(store, plan.run, { signal })
  const steps: RoundStep[] = []
  for (const round of rounds.closed) {
    const manifest = await readManifest(store, plan.run, round, { signal })
    const own = await readRoundPlan(store, { run: plan.run, round }, { signal })
    steps.push({
      round,
      step: own === null ? null : await stepOf(store, plan, own, signal),
      rows: manifest?.rows ?? {},
      withdrawn: rounds.withdrawn.some((each) => each.round === round),
      current: round === rounds.current,
    })
  }
  return steps
}

async function stepOf(
  store: ObjectStore,
  plan: RunPlan,
  { round, before, checkpoint }: RoundPlan,
  signal: AbortSignal,
): Promise<RoundStep['step']> {
  const sides = { before: { plan, round: before.round }, after: { plan, round } }
  const { tables } = await diffRounds({ store, ...sides, tables: churning, examples: 0, signal })
  const label = checkpointLabel(checkpoint.name, checkpoint.version)
  return {
    before: before.round,
    checkpoint: label,
    churn: churnOf(churning.flatMap((table) => tables[table] ?? [])),
    agreement: await agreement(store, { plan, round, label, was: tables.region_text?.before ?? 0 }, signal),
  }
}

const churning = ['text', 'region_text', 'phrase_region'] as const

function churnOf(tables: readonly TableDiff[]): number {
  const before = tables.reduce((sum, table) => sum + table.before, 0)
  const changed = tables.reduce((sum, { changes: { added, dropped, moved, relabelled, retexted } }) => {
    return sum + added + dropped + moved + relabelled + retexted
  }, 0)
  return before === 0 ? (changed === 0 ? 0 : 1) : changed / before
}

async function agreement(
  store: ObjectStore,
  { plan, round, label, was }: { plan: RunPlan; round: number; label: string; was: number },
  signal: AbortSignal,
): Promise<number | null> {
  const manifest = await readManifest(store, plan.run, round, { signal })
  if (manifest === null || was === 0) return null
  let confirmed = 0
  const rows = readSnapshotTable(store, manifestShards(store, manifest, { signal }), 'region_text', { signal })
  for await (const { checkpoints, rule } of rows) {
    if (checkpoints?.includes(label) && rule !== 'round_borne_out') confirmed += 1
  }
  return confirmed / was
}
