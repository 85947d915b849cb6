import { type AnnotationTable, annotationTables, type ShardAnnotations } from '../../../schemas/annotation.js'
import { FldError } from '../../../schemas/errors.js'
import type { Manifest, RunPlan, ShardCommit, SnapshotShard } from '../../../schemas/run.js'
import { readCommits } from '../../dataset/committed-shards.js'
import { manifestShards } from '../../dataset/manifest.js'
import { rowsByImage } from '../../dataset/rows-by-image.js'
import { readShardTable } from '../../dataset/snapshot.js'
import type { ObjectStore } from '../../storage/object-store.js'
import { ChangeTally, type TableDiff } from './change-tally.js'
import { type ChangedRule, changedRules } from './changed-rules.js'
import { groupingsOf } from './groupings.js'
import { type ImageChanges, imageChanges } from './image-changes.js'

/** A decision: one round of one run. */
export interface DecidedRound {
  readonly plan: RunPlan
  readonly round: number
}

/** Which decisions are compared. */
export interface DiffQuestion {
  readonly store: ObjectStore
  /** As a snapshot of it has it where one is named, else as it is decided now. */
  readonly before: DecidedRound & { readonly snapshot?: Manifest }
  readonly after: DecidedRound
  readonly tables: readonly AnnotationTable[]
  /** How many examples are kept of each table and kind of change. */
  readonly examples: number
  readonly signal: AbortSignal
  /** Told of each shard that has been compared. */
  readonly onShard?: (done: number) => void
}

/** How one decision differs from another about the same images. */
export interface RoundDiff {
  readonly set: string
  readonly before: { readonly run: string; readonly round: number }
  readonly after: { readonly run: string; readonly round: number }
  /** The rules that differ; what else decides is in the plans. */
  readonly rules: readonly ChangedRule[]
  readonly shards: number
  readonly images: number
  /** Images of which a row of the compared tables differs, rejects apart. */
  readonly images_changed: number
  /** Shards that only one of the two has decided: nothing is said of them. */
  readonly only_before: readonly string[]
  readonly only_after: readonly string[]
  /** Nothing differs: all shards are compared and every row is the same. */
  readonly equal: boolean
  readonly tables: Readonly<Partial<Record<AnnotationTable, TableDiff>>>
}

/**
 * Compares two decisions shard by shard, as their commits name the files. Throws FldError `config_invalid` when they are
 * about different sets of images, `run_missing` when one of them has decided nothing.
 */
export async function diffRounds(question: DiffQuestion): Promise<RoundDiff> {
  const { before, after } = question
  checkSameSet(before.plan, after.plan)
  const sums = new DiffSums(question)
  for await (const [one, other] of pairedShards(question)) {
    if (one === null || other === null) sums.alone(one, other)
    else sums.add(other, await readRows(one, question), await readRows(other, question))
  }
  checkDecided(before, sums.compared + sums.onlyBefore.length)
  checkDecided(after, sums.compared + sums.onlyAfter.length)
  return sums.result()
}

function checkSameSet(before: RunPlan, after: RunPlan): void {
  if (before.set === after.set) return
  const message = `runs "${before.run}" and "${after.run}" are about different images: set ${before.set} (${before.source}) and set ${after.set} (${after.source}); only decisions about the same set can be compared`
  throw new FldError('config_invalid', message)
}

function checkDecided({ plan, round }: DecidedRound, shards: number): void {
  if (shards > 0) return
  throw new FldError('run_missing', `round ${round} of run "${plan.run}" has no committed shard`)
}

type ShardPair = readonly [before: SnapshotShard | null, after: ShardCommit | null]

/** What both have decided, shard by shard in the order of their names; snapshots and listings have it. */
async function* pairedShards({ store, before, after, signal }: DiffQuestion): AsyncGenerator<ShardPair> {
  const commitsOf = ({ plan, round }: DecidedRound) => readCommits(store, plan.run, round, { signal })
  const { snapshot } = before
  const left: AsyncGenerator<SnapshotShard, void, undefined> =
    snapshot === undefined ? commitsOf(before) : manifestShards(store, snapshot, { signal })
  const right = commitsOf(after)
  let [one, other] = await Promise.all([left.next(), right.next()])
  while (!one.done || !other.done) {
    const [a, b] = [one.value ?? null, other.value ?? null]
    const takeA = a !== null && (b === null || a.shard <= b.shard)
    const takeB = b !== null && (a === null || b.shard <= a.shard)
    yield [takeA ? a : null, takeB ? b : null]
    if (takeA) one = await left.next()
    if (takeB) other = await right.next()
  }
}

async function readRows(commit: SnapshotShard, { store, tables, signal }: DiffQuestion): Promise<ShardAnnotations> {
  // The phrases of a text are known by what it says.
  const wanted = (table: AnnotationTable) =>
    tables.includes(table) || (table === 'text' && tables.includes('phrase_region'))
  const read = <Table extends AnnotationTable>(table: Table) =>
    wanted(table) ? readShardTable(store, commit, table, { signal }) : []
  const [text, region_text, phrase_region, rejects] = await Promise.all([
    read('text'),
    read('region_text'),
    read('phrase_region'),
    read('rejects'),
  ])
  return { text, region_text, phrase_region, rejects }
}

/** What has been found so far. */
class DiffSums {
  readonly #question: DiffQuestion
  readonly #tallies: { readonly [Table in AnnotationTable]: ChangeTally<ShardAnnotations[Table][number]> }
  #images = 0
  #imagesChanged = 0
  compared = 0
  readonly onlyBefore: string[] = []
  readonly onlyAfter: string[] = []

  constructor(question: DiffQuestion) {
    this.#question = question
    this.#tallies = {
      text: new ChangeTally(groupingsOf.text, question),
      region_text: new ChangeTally(groupingsOf.region_text, question),
      phrase_region: new ChangeTally(groupingsOf.phrase_region, question),
      rejects: new ChangeTally(groupingsOf.rejects, question),
    }
  }

  alone(before: SnapshotShard | null, after: ShardCommit | null): void {
    if (before !== null) this.onlyBefore.push(before.shard)
    if (after !== null) this.onlyAfter.push(after.shard)
  }

  /** Enters a shard that both have decided. */
  add(commit: ShardCommit, before: ShardAnnotations, after: ShardAnnotations): void {
    const [old, now] = [rowsByImage(before), rowsByImage(after)]
    for (const image of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      this.#addImage(imageChanges(old.get(image) ?? noRows, now.get(image) ?? noRows))
    }
    this.#images += commit.images
    this.compared += 1
    this.#question.onShard?.(this.compared)
  }

  #addImage(changes: ImageChanges): void {
    this.#tallies.text.add(changes.text)
    this.#tallies.region_text.add(changes.region_text)
    this.#tallies.phrase_region.add(changes.phrase_region)
    this.#tallies.rejects.add(changes.rejects)
    const compared = this.#question.tables.filter((table) => table !== 'rejects')
    const changed = compared.some((table) => changes[table].some(({ kinds }) => kinds.length > 0))
    if (changed) this.#imagesChanged += 1
  }

  result(): RoundDiff {
    const { before, after, tables: asked } = this.#question
    const tables = annotationTables
      .filter((table) => asked.includes(table))
      .map((table) => [table, this.#tallies[table].result()] as const)
    const same = tables.every(([, table]) => table.before === table.same && table.after === table.same)
    return {
      set: before.plan.set,
      before: { run: before.plan.run, round: before.round },
      after: { run: after.plan.run, round: after.round },
      rules: changedRules(before.plan.pipeline.consensus, after.plan.pipeline.consensus),
      shards: this.compared,
      images: this.#images,
      images_changed: this.#imagesChanged,
      only_before: this.onlyBefore,
      only_after: this.onlyAfter,
      equal: same && this.onlyBefore.length + this.onlyAfter.length === 0,
      tables: Object.fromEntries(tables),
    }
  }
}

const noRows: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }
