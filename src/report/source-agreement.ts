import type { RegionTextRow } from '../../schemas/annotation.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import type { RunPlan } from '../../schemas/run.js'
import { canonicalLabels } from '../../schemas/vocabularies/index.js'
import { type Cell, decimal, percent, type ReportSection, whole } from './document.js'
import { addValue, type Histogram, meanOf, newHistogram, quantileOf } from './histogram.js'
import type { Gatherer, ReportShard } from './report-shards.js'

type RegionKind = RegionTextRow['kind']

/** How often two annotators support an agreed region together: of the regions of a label that both know, in shards that both saw. */
export interface PairAgreement {
  readonly kind: RegionKind
  readonly first: string
  readonly second: string
  readonly both: number
  readonly only_first: number
  readonly only_second: number
}

/** How agreed regions came to be. */
export interface Agreement {
  /** Regions by kind, then by the number of families that support them, and by the rule that let them pass. */
  readonly votes: Readonly<Record<RegionKind, Readonly<Record<string, number>>>>
  readonly rules: Readonly<Record<RegionKind, Readonly<Record<string, number>>>>
  readonly pairs: readonly PairAgreement[]
  /** 1 - mean IoU of the fused box with its supporters, of regions with more than one: from 0 to .5 in bins. */
  readonly dispersion: Histogram
  /** Labels that lost to another on the same box, most frequent first. */
  readonly conflicts: readonly { readonly label: string; readonly lost: string; readonly regions: number }[]
  /** Objects on which at least one label lost. */
  readonly contested: number
}

/** Conflicting pairs that are told. */
const toldConflicts = 15

interface Voice {
  readonly annotator: string
  /** Canonical labels; null where it can say any. */
  readonly labels: ReadonlySet<string> | null
}

type PairSums = PairAgreement & { both: number; only_first: number; only_second: number }

interface Sums {
  readonly votes: Record<RegionKind, Record<string, number>>
  readonly rules: Record<RegionKind, Record<string, number>>
  readonly pairs: Map<string, PairSums>
  readonly dispersion: Histogram
  readonly conflicts: Map<string, number>
  contested: number
}

/** Adds up how the annotators of a plan agree. */
export function gatherAgreement(plan: RunPlan): Gatherer<Agreement> {
  const voices = { object: objectVoices(plan), text: textVoices(plan) }
  const sums: Sums = {
    votes: { object: {}, text: {} },
    rules: { object: {}, text: {} },
    pairs: new Map(),
    dispersion: newHistogram(0, 0.5, 20),
    conflicts: new Map(),
    contested: 0,
  }
  return {
    add: ({ annotations, observed }: ReportShard) => {
      const heard = { object: heardOf(voices.object, observed), text: heardOf(voices.text, observed) }
      for (const row of annotations.region_text) addRegion(sums, row, heard[row.kind])
    },
    figures: () => ({
      votes: sums.votes,
      rules: sums.rules,
      pairs: [...sums.pairs.values()],
      dispersion: sums.dispersion,
      conflicts: mostFrequent(sums.conflicts),
      contested: sums.contested,
    }),
  }
}

function objectVoices({ annotators, label_digest }: RunPlan): Voice[] {
  const models = annotators
    .filter(({ produces }) => produces.includes('object'))
    .map(({ name, entry }): Voice => {
      const said = entryVocabulary(entry)
      return { annotator: name, labels: said === null ? null : new Set(canonicalLabels(said)) }
    })
  return label_digest === null ? models : [...models, { annotator: 'source', labels: null }]
}

function textVoices({ annotators }: RunPlan): Voice[] {
  const readers = annotators.filter(({ produces }) => produces.includes('text_region'))
  return readers.map(({ name }) => ({ annotator: name, labels: null }))
}

function heardOf(voices: readonly Voice[], observed: ReportShard['observed']): Voice[] {
  return voices.filter(({ annotator }) => observed.has(annotator))
}

function addRegion(sums: Sums, row: RegionTextRow, voices: readonly Voice[]): void {
  const { kind, label } = row
  count(sums.votes[kind], String(row.votes))
  count(sums.rules[kind], row.rule)
  if (row.dispersion !== null) addValue(sums.dispersion, row.dispersion)
  const able = voices.filter(({ annotator, labels }) => knows(labels, label) || row.support.includes(annotator))
  for (const [index, first] of able.entries()) {
    for (const second of able.slice(index + 1)) addPair(sums, row, first.annotator, second.annotator)
  }
  if (kind !== 'object' || row.alternatives.length === 0) return
  sums.contested += 1
  for (const lost of row.alternatives) {
    const key = JSON.stringify([label, lost])
    sums.conflicts.set(key, (sums.conflicts.get(key) ?? 0) + 1)
  }
}

/** Who supports a region without knowing its label has said a wider one: it is among the able, too. */
function knows(labels: Voice['labels'], label: string | null): boolean {
  return labels === null || label === null || labels.has(label)
}

function addPair(sums: Sums, { kind, support }: RegionTextRow, first: string, second: string): void {
  const one = support.includes(first)
  const other = support.includes(second)
  if (!one && !other) return
  const key = JSON.stringify([kind, first, second])
  const pair = sums.pairs.get(key) ?? { kind, first, second, both: 0, only_first: 0, only_second: 0 }
  sums.pairs.set(key, pair)
  if (one && other) pair.both += 1
  else if (one) pair.only_first += 1
  else pair.only_second += 1
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

function mostFrequent(conflicts: ReadonlyMap<string, number>): Agreement['conflicts'] {
  return [...conflicts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .slice(0, toldConflicts)
    .map(([key, regions]) => {
      const [label, lost]: [string, string] = JSON.parse(key)
      return { label, lost, regions }
    })
}

/** How sources agree, as tables and the plot of their dispersion. */
export function agreementSection(agreement: Agreement): ReportSection {
  const { votes, rules, pairs, dispersion, conflicts, contested } = agreement
  const objects = total(votes.object)
  const spread = [meanOf(dispersion), quantileOf(dispersion, 0.5), quantileOf(dispersion, 0.9)].map((each) =>
    decimal(each, 3),
  )
  const dispersed =
    dispersion.total === 0
      ? 'No region has more than one supporter, so nothing is known of their dispersion.'
      : `Dispersion (1 - mean IoU with the fused box) of ${whole(dispersion.total)} regions with several supporters: mean ${spread[0]}, median ${spread[1]}, 90 % below ${spread[2]}.`
  return {
    title: 'Agreement between sources',
    paragraphs: [
      dispersed,
      `Another label lost on ${whole(contested)} of ${whole(objects)} objects${objects === 0 ? '' : ` (${percent(contested, objects)})`}.`,
    ],
    tables: [
      countTable('Regions by votes (families that support them)', 'votes', votes),
      countTable('Regions by the rule that let them pass', 'rule', rules),
      pairTable(pairs),
      ...(conflicts.length === 0 ? [] : [conflictTable(conflicts)]),
    ],
    plots:
      dispersion.total === 0
        ? []
        : [
            {
              kind: 'distribution',
              title: 'Dispersion between supporters',
              axis: '1 - mean IoU with the fused box',
              series: [{ name: 'agreed regions', histogram: dispersion }],
            },
          ],
  }
}

function countTable(title: string, column: string, counts: Agreement['votes']) {
  const names = [...new Set([...Object.keys(counts.object), ...Object.keys(counts.text)])].sort()
  const cells = (kind: RegionKind, name: string): Cell[] => [
    whole(counts[kind][name] ?? 0),
    percent(counts[kind][name] ?? 0, total(counts[kind])),
  ]
  const rows = names.map((name): Cell[] => [name, ...cells('object', name), ...cells('text', name)])
  return { title, columns: [column, 'objects', 'share', 'read texts', 'share'], rows }
}

function pairTable(pairs: readonly PairAgreement[]) {
  const rows = pairs.map(({ kind, first, second, both, only_first, only_second }): Cell[] => [
    `${first} + ${second}${kind === 'text' ? ' (text)' : ''}`,
    whole(both),
    percent(both, both + only_first + only_second),
    whole(only_first),
    whole(only_second),
  ])
  return {
    title: 'Pairs of sources on agreed regions',
    columns: ['pair', 'both', 'share', 'only the first', 'only the second'],
    rows,
    notes: ['Of regions that at least one of the two supports, whose label both know.'],
  }
}

function conflictTable(conflicts: Agreement['conflicts']) {
  const rows = conflicts.map(({ label, lost, regions }): Cell[] => [label, lost, whole(regions)])
  return { title: 'Labels that lost on the same box', columns: ['label', 'lost', 'regions'], rows, words: [1] }
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}
