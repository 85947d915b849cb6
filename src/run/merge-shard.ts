import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AnnotationRow, annotationTables, type ShardAnnotations } from '../../schemas/annotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { RoundPlan } from '../../schemas/round.js'
import {
  type CheckpointVersions,
  type PlannedAnnotator,
  type RunPlan,
  type ShardCommit,
  type SnapshotShard,
  shardCommitSchema,
} from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { Source } from '../consensus/index.js'
import { readJson } from '../dataset/json-record.js'
import { rowsByImage } from '../dataset/rows-by-image.js'
import { readShardTable } from '../dataset/snapshot.js'
import { type CheckpointVoice, mergeImage } from '../rounds/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import { type DecidedShard, decideShard, observedSources } from './decide-shard.js'
import { observationKeys } from './observation-keys.js'
import { planOfRound, readRoundPlan } from './round-plan.js'
import { readPlan } from './run-ledger.js'
import { planWithVersions } from './shard-checkpoints.js'

const nothing: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }

/** A shard of a round in which a checkpoint has spoken. */
export interface ShardToMerge {
  readonly store: ObjectStore
  /** The run's plan as the round uses it. */
  readonly plan: RunPlan
  readonly round: number
  readonly shard: string
  readonly images: readonly ImageRecord[]
  /** The shard in the round before. */
  readonly before: SnapshotShard
  /** That annotated the shard in this round. */
  readonly checkpoints: CheckpointVersions
  readonly signal: AbortSignal
}

/**
 * The annotations of a shard in a round n: its rows of the round before, merged image by image with what the checkpoint says.
 * Consensus decides once more over all that was ever said of the shard, in which the checkpoint's boxes are not heard: so its
 * texts, its descriptions and its phrases have passed the same filters as those of everybody else.
 */
export async function mergeShard(merge: ShardToMerge): Promise<DecidedShard> {
  const { store, plan, round, shard, images, signal } = merge
  const own = await ownPlan(merge)
  const all = await everybody(merge)
  const decided = await decideShard({ store, plan: all.plan, round, shard, images, keys: all.keys, signal })
  const [before, now] = [rowsByImage(await rowsOf(merge)), rowsByImage(decided.annotations)]
  const voices = await observedSources(
    { store, plan: all.plan, shard, images, keys: all.keys, signal },
    all.plan.annotators,
  )
  const annotations: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }
  annotations.rejects.push(
    ...decided.annotations.rejects.filter(({ kind, stage }) => kind === 'image' && stage === 'ingest'),
  )
  const names = new Set(plan.annotators.map(({ name }) => name))
  for (const image of images) {
    const sources = voices(image.image_id)
    const merged = mergeImage({
      ...{ image, shard, round, rules: own.merge },
      before: before.get(image.image_id) ?? nothing,
      decided: now.get(image.image_id) ?? nothing,
      checkpoint: checkpointVoice(
        own,
        sources.filter(({ annotator }) => names.has(annotator)),
      ),
      specialists: sources.filter(({ annotator }) => all.specialists.has(annotator)),
    })
    for (const table of annotationTables) append(annotations, merged, table)
    await nextTurn()
  }
  return { annotations, refused: decided.refused }
}

async function ownPlan({ store, plan, round, signal }: ShardToMerge): Promise<RoundPlan> {
  const own = await readRoundPlan(store, { run: plan.run, round }, { signal })
  if (own !== null) return own
  throw new FldError('store_missing', `the plan of round ${round} of run "${plan.run}" is gone from ${store.uri}`)
}

function append<Table extends keyof ShardAnnotations>(
  to: ShardAnnotations,
  from: ShardAnnotations,
  table: Table,
): void {
  const rows: AnnotationRow[] = to[table]
  rows.push(...from[table])
}

/** The rows of the round before. */
async function rowsOf({ store, before, signal }: ShardToMerge): Promise<ShardAnnotations> {
  const [text, region_text, phrase_region, rejects] = await Promise.all([
    readShardTable(store, before, 'text', { signal }),
    readShardTable(store, before, 'region_text', { signal }),
    readShardTable(store, before, 'phrase_region', { signal }),
    readShardTable(store, before, 'rejects', { signal }),
  ])
  return { text, region_text, phrase_region, rejects }
}

/** An image that the checkpoint could not process is one that it was not asked about: its silence says nothing. */
function checkpointVoice({ checkpoint, annotators }: RoundPlan, voices: readonly Source[]): CheckpointVoice {
  const asks = (task: string) =>
    annotators.some(
      ({ name, entry: { options } }) =>
        Array.isArray(options.tasks) &&
        options.tasks.includes(task) &&
        voices.some(({ annotator, failure }) => annotator === name && failure === null),
    )
  return {
    label: checkpointLabel(checkpoint.name, checkpoint.version),
    voices,
    asked: { objects: asks('OD'), text_regions: asks('OCR_WITH_REGION'), phrases: asks('CAPTION_TO_PHRASE_GROUNDING') },
  }
}

/** All that were ever asked about a shard: the run's annotators and the checkpoints of its rounds so far. */
interface Everybody {
  readonly plan: RunPlan
  readonly keys: ReadonlyMap<string, string>
  /** The run's own annotators that are no checkpoint. */
  readonly specialists: ReadonlySet<string>
}

async function everybody(merge: ShardToMerge): Promise<Everybody> {
  const { store, plan, round, shard, signal } = merge
  const run = await readPlan(store, plan.run, { signal })
  const asked: Asked[] = []
  // From round to round that each was merged with: one that was withdrawn is not among them.
  for (let own = await readRoundPlan(store, { run: plan.run, round }, { signal }); own !== null; ) {
    const { round: before } = own.before
    const commit = await readJson(store, storeLayout.commit(plan.run, before, shard), shardCommitSchema, { signal })
    own = await readRoundPlan(store, { run: plan.run, round: before }, { signal })
    asked.unshift(await bound(merge, own === null ? run : planOfRound(run, own), commit))
  }
  asked.push({ plan, keys: await observationKeys({ store, plan, shard, signal }) })
  const specialists = run.annotators.filter(({ checkpoint }) => checkpoint === null).map(({ name }) => name)
  const latest = new Map(
    asked.flatMap((each) => each.plan.annotators.map((planned) => [planned.name, planned] as const)),
  )
  const rounds = asked.slice(1).flatMap((each) => each.plan.annotators)
  const annotators = [...latest.values()].map((planned) => (rounds.includes(planned) ? inTheRounds(planned) : planned))
  const stages = [
    ...new Map(asked.flatMap((each) => each.plan.pipeline.stages).map((stage) => [stage.name, stage])).values(),
  ]
  const consensus = unheard(run.pipeline.consensus, rounds)
  return {
    plan: { ...run, annotators, pipeline: { ...run.pipeline, stages, consensus }, replay_of: null },
    keys: new Map(asked.flatMap((each) => [...each.keys])),
    specialists: new Set(specialists),
  }
}

interface Asked {
  readonly plan: RunPlan
  readonly keys: ReadonlyMap<string, string>
}

/** Who spoke of the shard in an earlier round, with the versions that it took up then. */
async function bound({ store, shard, signal }: ShardToMerge, plan: RunPlan, commit: ShardCommit): Promise<Asked> {
  const taken = await planWithVersions(store, plan, commit.checkpoints, { signal })
  const absent = new Set(Object.keys(commit.absent))
  const keys = await observationKeys({ store, plan: taken, shard, signal, absent })
  return { plan: taken, keys: new Map([...keys].filter(([name]) => !absent.has(name))) }
}

/** An image that a checkpoint cannot process keeps what it has. */
function inTheRounds(planned: PlannedAnnotator): PlannedAnnotator {
  return { ...planned, required: false }
}

/** Boxes of checkpoints are merged, not voted on; their phrases and masks are low in score and merged as well. */
function unheard(consensus: ConsensusConfig, rounds: readonly PlannedAnnotator[]): ConsensusConfig {
  const lowest = Math.min(consensus.phrase_score, 0.1)
  const sources = Object.fromEntries(rounds.map(({ name }) => [name, { threshold: 1, weight: 0 }]))
  return {
    ...consensus,
    ...{ phrase_score: lowest, phrase_box_score: Math.min(consensus.phrase_box_score, 0.1) },
    mask_score: Math.min(consensus.mask_score, 0.1),
    sources: { ...consensus.sources, ...sources },
  }
}
