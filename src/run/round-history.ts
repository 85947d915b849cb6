import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { RoundPlan } from '../../schemas/round.js'
import type { RunPlan } from '../../schemas/run.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { readManifest } from '../dataset/manifest.js'
import {
  agreementOf,
  type Churn,
  churnOf,
  diffRounds,
  type GateStanding,
  gateStanding,
  type RoundDiff,
} from '../rounds/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import { readRoundPlan, snapshotBefore } from './round-plan.js'

/** What a closed round made of the one that it was merged with. */
export interface RoundChange {
  readonly before: number
  /** `name@version`. */
  readonly checkpoint: string
  readonly gate: GateStanding
  /** Over texts, regions and triplets together. */
  readonly churn: Churn
  /** Share of the regions before that the checkpoint saw too; null where that is not known (`agreementOf`). */
  readonly agreement: number | null
  readonly verdict: RoundVerdict
}

/** A closed round of a run. */
export interface RoundStep {
  readonly round: number
  /** Null in round 0, which specialists annotated. */
  readonly step: RoundChange | null
  readonly rows: Readonly<Record<string, number>>
  /** When it was withdrawn and why, the reason empty where nobody gave one; null where it stands. */
  readonly withdrawn: { readonly at: string; readonly reason: string } | null
  readonly current: boolean
}

/** Below this churn a round has changed so little that another one is hardly worth its price: 1 row of 50. */
export const steadyChurn = 0.02

/** Below this agreement a checkpoint sees hardly anything of what stands: 1 region of 10. */
export const leastAgreement = 0.1

/**
 * When to stop. `apart`: the agreement is below `leastAgreement`, so that whatever the round changed, the checkpoint has learned
 * something else than what the run holds. `steady`: the churn is below `steadyChurn`. `restless`: it is no smaller than that of the round before, so that
 * rounds no longer come nearer to anything; what they change has to be looked at. Null: another round may be worth it.
 */
export type RoundVerdict = 'apart' | 'steady' | 'restless' | null

/** The closed rounds of a run, oldest first. Each pair of rounds is read once. Throws what reading a snapshot throws. */
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
    const gone = rounds.withdrawn.find((each) => each.round === round)
    steps.push({
      round,
      step: own === null ? null : await changeOf(store, { plan, own, steps }, signal),
      rows: manifest?.rows ?? {},
      withdrawn: gone === undefined ? null : { at: gone.withdrawn_at, reason: gone.reason },
      current: round === rounds.current,
    })
  }
  return steps
}

const compared = ['text', 'region_text', 'phrase_region'] as const

async function changeOf(
  store: ObjectStore,
  { plan, own, steps }: { plan: RunPlan; own: RoundPlan; steps: readonly RoundStep[] },
  signal: AbortSignal,
): Promise<RoundChange> {
  const { round, before, checkpoint } = own
  const { manifest: snapshot } = await snapshotBefore(store, own, { signal })
  const sides = { before: { plan, round: before.round, snapshot }, after: { plan, round } }
  const { tables } = await diffRounds({ store, ...sides, tables: compared, examples: 0, signal })
  const churn = churnOf(compared.flatMap((table) => tables[table] ?? []))
  const agreed = agreement(tables, own)
  const earlier = steps.find((each) => each.round === before.round)?.step?.churn ?? null
  return {
    before: before.round,
    checkpoint: checkpointLabel(checkpoint.name, checkpoint.version),
    gate: await gateStanding(store, { ...checkpoint, at: own.created_at }, { signal }),
    churn,
    agreement: agreed,
    verdict: verdictOf(churn, agreed, earlier),
  }
}

/** The checkpoint looks for regions in one of the round's stages. */
function agreement({ region_text: regions }: RoundDiff['tables'], { annotators }: RoundPlan): number | null {
  const asked = annotators.flatMap(({ name, entry: { options } }) => {
    const tasks: readonly unknown[] = Array.isArray(options.tasks) ? options.tasks : []
    const [objects, texts] = [tasks.includes('OD'), tasks.includes('OCR_WITH_REGION')]
    return objects || texts ? [{ annotator: name, objects, texts }] : []
  })
  const [asker] = asked
  return regions === undefined || asker === undefined ? null : agreementOf(regions, asker)
}

/** Of a round after one that had a churn of its own; null after round 0, which has none. */
export function verdictOf({ total }: Churn, agreed: number | null, earlier: Churn | null): RoundVerdict {
  if (agreed !== null && agreed < leastAgreement) return 'apart'
  if (total < steadyChurn) return 'steady'
  return earlier !== null && total >= earlier.total ? 'restless' : null
}
