import type { RejectRow } from '../../schemas/annotation.js'
import type { RunPlan } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import type { ObservationCost } from '../dataset/observation-footer.js'
import { byteText, type Cell, decimal, percent, type ReportSection, ratio, whole } from './document.js'
import { rejectedObservations } from './rejected-observations.js'
import type { Gatherer, ObservedFile, ReportShard } from './report-shards.js'

/** What annotating took, added up over the shards whose files tell it. */
export interface SourceCost {
  readonly shards: number
  readonly images: number
  /** Wall-clock seconds of its jobs, one after another; several may have run at the same time, beside those of others. */
  readonly seconds: number
  readonly providers: readonly string[]
  /** Cores of the machines that it ran on, smallest first. */
  readonly cpus: readonly number[]
}

/** One annotator of a run: what it said, what became of it, what it took. */
export interface SourceFigures {
  readonly annotator: string
  /** Null for what came with the source. */
  readonly stage: string | null
  readonly family: string
  /** Committed shards with observations of it, and those without. A source is absent nowhere: it may have nothing to say. */
  readonly shards: number
  readonly absent_shards: number
  /** Of its observation files. */
  readonly bytes: number
  /** Observations by kind. Images in which it saw nothing, and those that it failed on, are `none` and `failure`. */
  readonly observations: Readonly<Record<string, number>>
  /** Its observations among the rejects by rule: alone, or as part of a region that was stopped. */
  readonly rejected: Readonly<Record<string, number>>
  /** Objects and texts in the image that it saw. Each becomes part of an agreed region, or of a reject. */
  readonly seen: number
  /** Those of `seen` that are part of an agreed region; those on quarantined images, on which nothing is decided, too. */
  readonly reached: number
  /** Null where no file tells it: the source's own labels, and observations from before it was recorded. */
  readonly cost: SourceCost | null
}

/** Kinds of observations that regions are decided from. */
const seenKinds: readonly string[] = ['object', 'text_region']

interface Sums {
  shards: number
  absent: number
  bytes: number
  readonly observations: Record<string, number>
  readonly rejected: Record<string, number>
  rejectedSeen: number
  readonly cost: { shards: number; images: number; seconds: number; providers: Set<string>; cpus: Set<number> }
}

/** Adds up what each annotator of a plan said and took, and what its source brought. */
export function gatherSources(plan: RunPlan): Gatherer<readonly SourceFigures[]> {
  const models = plan.annotators.map(({ name, stage, entry }) => ({ annotator: name, stage, family: entry.family }))
  const people = plan.label_digest === null ? [] : sourceAnnotators.map((each) => ({ ...each, stage: null }))
  const voices = [...models, ...people]
  const sums = new Map(voices.map(({ annotator }) => [annotator, emptySums()]))
  return {
    add: (shard: ReportShard) => {
      for (const { annotator, stage } of voices) {
        const each = sums.get(annotator)
        const file = shard.observed.get(annotator)
        if (each === undefined) continue
        if (file !== undefined) addFile(each, file)
        else if (stage !== null) each.absent += 1
      }
      for (const reject of shard.annotations.rejects) addRejected(sums, reject)
    },
    figures: () =>
      voices
        .map(({ annotator, stage, family }) =>
          figuresOf({ annotator, stage, family }, sums.get(annotator) ?? emptySums()),
        )
        .filter(({ stage, shards }) => stage !== null || shards > 0),
  }
}

function emptySums(): Sums {
  const cost = { shards: 0, images: 0, seconds: 0, providers: new Set<string>(), cpus: new Set<number>() }
  return { shards: 0, absent: 0, bytes: 0, observations: {}, rejected: {}, rejectedSeen: 0, cost }
}

function addFile(sums: Sums, file: ObservedFile): void {
  sums.shards += 1
  sums.bytes += file.bytes
  for (const [kind, rows] of Object.entries(file.rows)) {
    sums.observations[kind] = (sums.observations[kind] ?? 0) + rows
  }
  if (file.cost !== null) addCost(sums, file.cost)
}

function addCost({ cost }: Sums, { images, seconds, provider, cpus }: ObservationCost): void {
  cost.shards += 1
  cost.images += images
  cost.seconds += seconds
  cost.providers.add(provider)
  cost.cpus.add(cpus)
}

function addRejected(sums: ReadonlyMap<string, Sums>, { payload, rule }: RejectRow): void {
  for (const { annotator, kind } of rejectedObservations(payload)) {
    const each = sums.get(annotator)
    if (each === undefined) continue
    each.rejected[rule] = (each.rejected[rule] ?? 0) + 1
    if (seenKinds.includes(kind)) each.rejectedSeen += 1
  }
}

function figuresOf(voice: Pick<SourceFigures, 'annotator' | 'stage' | 'family'>, sums: Sums): SourceFigures {
  const seen = seenKinds.reduce((all, kind) => all + (sums.observations[kind] ?? 0), 0)
  const { cost } = sums
  return {
    ...voice,
    shards: sums.shards,
    absent_shards: sums.absent,
    bytes: sums.bytes,
    observations: sums.observations,
    rejected: sums.rejected,
    seen,
    reached: Math.max(0, seen - sums.rejectedSeen),
    cost:
      cost.shards === 0
        ? null
        : { ...cost, providers: [...cost.providers].sort(), cpus: [...cost.cpus].sort((a, b) => a - b) },
  }
}

/** What each source said and took. `images`: those of the committed shards. */
export function sourceSection(sources: readonly SourceFigures[], images: number): ReportSection {
  return {
    title: 'Sources',
    paragraphs: [],
    tables: [fateTable(sources), costTable(sources, images)],
    plots: [],
  }
}

function fateTable(sources: readonly SourceFigures[]) {
  const rows = sources.map(({ annotator, family, observations, seen, reached, rejected }): Cell[] => {
    const { none = 0, failure = 0, ...said } = observations
    const all = Object.values(said).reduce((sum, each) => sum + each, 0)
    return [
      annotator,
      family,
      whole(all),
      whole(none),
      whole(failure),
      seen === 0 ? null : percent(reached, seen),
      rulesText(rejected, all) || null,
    ]
  })
  return {
    title: 'What became of what they said',
    columns: [
      'source',
      'family',
      'observations',
      'empty images',
      'failed images',
      'in agreed regions',
      'rejected by rule',
    ],
    rows,
    words: [1, 6],
    notes: ['In agreed regions: of the objects and read texts it saw, weak ones that joined a region included.'],
  }
}

function rulesText(rejected: Readonly<Record<string, number>>, all: number): string {
  return Object.entries(rejected)
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([rule, count]) => `${rule} ${percent(count, all)}`)
    .join(', ')
}

function costTable(sources: readonly SourceFigures[], images: number) {
  const rows = sources.map(({ annotator, shards, absent_shards, bytes, cost }): Cell[] => [
    annotator,
    absent_shards === 0 ? whole(shards) : `${whole(shards)} (absent in ${whole(absent_shards)})`,
    byteText(bytes),
    images === 0 ? null : byteText(bytes / images),
    whole(cost === null ? null : cost.images),
    decimal(cost === null ? null : cost.seconds, 1),
    decimal(cost === null ? null : ratio(cost.images, cost.seconds), 1),
    cost === null ? null : `${cost.providers.join(', ')}, ${cost.cpus.join(' or ')} cores`,
  ])
  const heads = ['shards', 'bytes', 'bytes per image', 'images timed', 'seconds', 'images/s', 'on']
  return {
    title: 'Cost and throughput',
    columns: ['source', ...heads],
    rows,
    words: [7],
    notes: [
      'Seconds: wall-clock time of its jobs added up, beside which other jobs may have run; loading of models is not in it.',
      'Observations that were reused keep the time of when they were made: a run that finds them there spends none of it.',
    ],
  }
}
