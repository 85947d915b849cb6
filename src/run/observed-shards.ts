import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { PlannedAnnotator, RunPlan, ShardCommit } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { Source } from '../consensus/index.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageIndex } from '../dataset/image-set.js'
import { observationsExist, readObservations } from '../dataset/observation-file.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { observationKeys } from './observation-keys.js'
import { planWithVersions } from './shard-checkpoints.js'

/** A round whose observations are read. */
export interface ObservedRound {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly round: number
  readonly signal: AbortSignal
}

/** An image, what annotators saw in it, and the objects that the source labelled; null where it has no labels for it. */
export interface ObservedImage {
  readonly record: ImageRecord
  readonly sources: readonly Source[]
  readonly labelled: ImageObservations['observations'] | null
}

export interface ObservedShard {
  readonly commit: ShardCommit
  readonly images: readonly ObservedImage[]
}

/**
 * What the annotators of a round that name objects saw, shard by shard as they were committed: objects only, so that many
 * images fit in memory. An annotator that a shard was decided without is not among its sources.
 */
export async function* observedShards(question: ObservedRound): AsyncGenerator<ObservedShard, void, undefined> {
  const { store, plan, round, signal } = question
  for await (const commit of readCommits(store, plan.run, round, { signal })) {
    const [records, voices, labels] = await Promise.all([
      readImageIndex(store, plan.set, commit.shard, { signal }),
      shardVoices(question, commit),
      sourceLabels(store, plan, commit.shard, { signal }),
    ])
    const images = records.map((record) => ({
      record,
      sources: voices.map(({ source, said }) => ({
        ...source,
        ...objectsOf(said.get(record.image_id) ?? { observations: [], failure: 'the annotator gave no answer' }),
      })),
      labelled: labels.get(record.image_id)?.observations ?? null,
    }))
    yield { commit, images }
  }
}

type Said = ReadonlyMap<string, ImageObservations>

/** Every annotator of a shard that names objects, and what it said by image_id. */
async function shardVoices({ store, plan, signal }: ObservedRound, { shard, absent, checkpoints }: ShardCommit) {
  const bound = await planWithVersions(store, plan, checkpoints, { signal })
  const gone = new Set(Object.keys(absent))
  const keys = await observationKeys({ store, plan: bound, shard, signal, absent: gone })
  const heard = bound.annotators.filter(({ name, produces }) => produces.includes('object') && !gone.has(name))
  return Promise.all(
    heard.map(async (planned) => ({
      source: voiceOf(planned),
      said: byImage(await readObservations(store, keys.get(planned.name) ?? '', { signal })),
    })),
  )
}

function voiceOf({ name, entry }: PlannedAnnotator): Omit<Source, 'observations' | 'failure'> {
  return { annotator: name, family: entry.family, vocabulary: entryVocabulary(entry), human: false }
}

async function sourceLabels(store: ObjectStore, plan: RunPlan, shard: string, options: StoreOptions): Promise<Said> {
  if (plan.label_digest === null) return new Map()
  const key = storeLayout.observations(plan.set, 'source', plan.label_digest, shard)
  return (await observationsExist(store, key, options))
    ? byImage(await readObservations(store, key, options))
    : new Map()
}

function byImage(images: readonly ImageObservations[]): Said {
  return new Map(images.map((image) => [image.image_id, image]))
}

function objectsOf({ observations, failure }: Omit<ImageObservations, 'image_id'>) {
  return { observations: observations.filter(({ kind }) => kind === 'object'), failure }
}
