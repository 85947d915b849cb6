import type { RejectRow } from '../../schemas/annotation.js'
import { type Cell, type DistributionPlot, percent, type ReportSection, whole } from './document.js'
import {
  addFailedValue,
  type FailedValue,
  failedValue,
  failedValueText,
  isConstant,
  newValueSums,
  type ValueSums,
} from './failed-values.js'
import { rejectedObservations } from './rejected-observations.js'
import type { Gatherer } from './report-shards.js'

/** Rejects of one kind that one rule stopped for one reason, and the values that failed beside what was asked of them. */
export interface RejectGroup {
  readonly stage: RejectRow['stage']
  readonly kind: RejectRow['kind']
  readonly rule: string
  readonly reason: string
  readonly count: number
  /** How many of them keep an observation of a kind: a text may be a caption, one of a region, or a similarity. */
  readonly observed: Readonly<Record<string, number>>
  readonly values: readonly FailedValue[]
}

interface Sums {
  readonly group: Pick<RejectGroup, 'stage' | 'kind' | 'rule' | 'reason'>
  count: number
  readonly observed: Record<string, number>
  readonly values: Map<string, ValueSums>
}

/** Values of one rule that are followed: more names than this are no values of a rule. */
const followedValues = 12

/** Plots that are drawn, of the rules that stopped most. */
const drawnPlots = 6

/** Adds up the rejects by stage, kind, rule and reason, most frequent first. */
export function gatherRejects(): Gatherer<readonly RejectGroup[]> {
  const groups = new Map<string, Sums>()
  return {
    add: ({ annotations }) => {
      for (const row of annotations.rejects) addReject(groups, row)
    },
    figures: () =>
      [...groups]
        .sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
        .map(([, { group, count, observed, values }]) => ({
          ...group,
          count,
          observed,
          values: [...values].map(([name, sums]) => failedValue(name, sums)),
        })),
  }
}

function addReject(groups: Map<string, Sums>, row: RejectRow): void {
  const { stage, kind, rule, reason, failed, payload } = row
  const key = JSON.stringify([stage, kind, rule, reason])
  const sums: Sums = groups.get(key) ?? {
    group: { stage, kind, rule, reason },
    count: 0,
    observed: {},
    values: new Map(),
  }
  groups.set(key, sums)
  sums.count += 1
  for (const seen of new Set(rejectedObservations(payload).map((each) => each.kind))) {
    sums.observed[seen] = (sums.observed[seen] ?? 0) + 1
  }
  const values: unknown = JSON.parse(failed)
  if (typeof values !== 'object' || values === null) return
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    const seen = sums.values.get(name) ?? newValueSums()
    if (sums.values.size >= followedValues && !sums.values.has(name)) continue
    sums.values.set(name, seen)
    addFailedValue(seen, value)
  }
}

/** Rejects by rule, and how far what failed was from what was asked. */
export function rejectSection(groups: readonly RejectGroup[]): ReportSection {
  const all = groups.reduce((sum, { count }) => sum + count, 0)
  const rows = groups.map((group): Cell[] => [
    group.reason,
    group.kind.replace('_', ' '),
    group.stage,
    group.rule,
    whole(group.count),
    percent(group.count, all),
    group.values.map(failedValueText).join('; ') || null,
  ])
  return {
    title: 'Rejects',
    paragraphs: [all === 0 ? 'Nothing was rejected.' : `${whole(all)} rejects. Shares are of all of them.`],
    tables:
      all === 0
        ? []
        : [
            {
              title: 'By stage, rule and reason',
              columns: ['reason', 'of', 'stage', 'rule', 'count', 'share', 'values that failed'],
              rows,
              words: [1, 2, 3, 6],
              notes: [
                'A value that is the same in all rejects of a row is what was asked; the others are what was found.',
              ],
            },
          ],
    plots: groups.flatMap(valuePlots).slice(0, drawnPlots),
  }
}

/** What was found, with what was asked as marks. What is said of the box that was kept instead (`kept_...`) did not fail. */
function valuePlots({ reason, rule, values }: RejectGroup): DistributionPlot[] {
  const asked = values.filter((value) => isConstant(value) && value.lowest > 0 && value.lowest < 1)
  const found = values.filter(
    (value) => value.histogram !== null && value.values === null && !value.name.startsWith('kept_'),
  )
  return found.flatMap(({ name, histogram }) =>
    histogram === null
      ? []
      : [
          {
            kind: 'distribution' as const,
            title: `${reason.replaceAll('_', ' ')} (${rule})`,
            axis: name,
            series: [{ name, histogram }],
            marks: asked.map((mark) => ({ name: mark.name, value: mark.lowest })),
          },
        ],
  )
}
