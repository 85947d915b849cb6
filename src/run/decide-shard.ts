import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AnnotationRow, ShardAnnotations } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { RunPlan } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { entryVocabulary } from '../annotate/load-annotator.js'
import { type DecidedSoFar, decideImage, decideSoFar, type Source } from '../consensus/index.js'
import { readRefusedImages } from '../dataset/image-set.js'
import { readObservations } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'
import { observationKeys } from './observation-keys.js'
import { quarantineRow, refusedRow } from './quarantine.js'
import { checkpointsAmong } from './shard-checkpoints.js'

/** A shard to decide over, from the observations that lie in the store. */
export interface ShardToDecide {
  readonly store: ObjectStore
  /** Bound to the versions of checkpoints that the shard was annotated with. */
  readonly plan: RunPlan
  readonly shard: string
  readonly images: readonly ImageRecord[]
  readonly signal: AbortSignal
}

/** What a commit says of a shard's decision. */
export interface DecidedShard {
  readonly annotations: ShardAnnotations
  /** Files that ingest refused. */
  readonly refused: number
}

/**
 * Turns all observations of a shard into its annotations, without running any model. Between two images others have
 * their turn: locks are renewed and sessions fed, however large the shard.
 */
export async function decideShard(shard: ShardToDecide & { readonly round: number }): Promise<DecidedShard> {
  const { store, plan, round, images, signal } = shard
  const refused = await readRefusedImages(store, plan.set, shard.shard, { signal })
  const sourcesOf = await observedSources(shard, plan.annotators)
  const required = new Set(plan.annotators.filter((planned) => planned.required).map(({ name }) => name))
  const place = { shard: shard.shard, round }
  const checkpoints = checkpointsAmong(plan)
  const annotations: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }
  annotations.rejects.push(...refused.map((each) => refusedRow(each, place)))
  for (const image of images) {
    const sources = sourcesOf(image.image_id)
    const quarantined = quarantineRow({ image, sources, required, checkpoints, ...place })
    if (quarantined) annotations.rejects.push(quarantined)
    else append(annotations, decideImage({ image, sources, config: plan.pipeline.consensus, ...place }), checkpoints)
    await nextTurn()
  }
  return { annotations, refused: refused.length }
}

/** Adds an image's rows, and says which checkpoints are among the support of each. */
function append(
  to: ShardAnnotations,
  from: ShardAnnotations,
  checkpoints: (support: readonly string[]) => string[] | null,
): void {
  const said = <Row extends AnnotationRow>(row: Row): Row => ({ ...row, checkpoints: checkpoints(row.support) })
  to.text.push(...from.text.map(said))
  to.region_text.push(...from.region_text.map(said))
  to.phrase_region.push(...from.phrase_region.map(said))
  to.rejects.push(...from.rejects.map(said))
}

/** What the annotators of the stages before `before` decide about the images of a shard, by image_id. */
export async function decidedBefore(
  shard: ShardToDecide & { readonly before: string },
): Promise<ReadonlyMap<string, DecidedSoFar>> {
  const { plan, images } = shard
  const names = plan.pipeline.stages.map(({ name }) => name)
  const earlier = new Set(names.slice(0, names.indexOf(shard.before)))
  const annotators = plan.annotators.filter(({ stage }) => earlier.has(stage))
  const sourcesOf = await observedSources(shard, annotators)
  const config = plan.pipeline.consensus
  const decided = new Map<string, DecidedSoFar>()
  for (const image of images) {
    decided.set(image.image_id, decideSoFar({ image, sources: sourcesOf(image.image_id), config }))
    await nextTurn()
  }
  return decided
}

/** Reads what annotators said about a shard; one that has no observations is not among an image's sources. */
async function observedSources(
  { store, plan, shard, signal }: ShardToDecide,
  annotators: RunPlan['annotators'],
): Promise<(image_id: string) => Source[]> {
  const keys = await observationKeys({ store, plan, shard, signal }, annotators.at(-1)?.stage)
  const models = annotators.map(({ name, entry, produces }) => ({
    key: keys.get(name) ?? '',
    source: {
      annotator: name,
      family: entry.family,
      // Who never names objects opposes none by its silence, whatever labels it knows.
      vocabulary: produces.includes('object') ? entryVocabulary(entry) : null,
      human: false,
    },
  }))
  const people = plan.label_digest === null ? [] : [humanSource(plan.set, plan.label_digest, shard)]
  const voices = await Promise.all(
    [...models, ...people].map(async ({ key, source }) => ({ source, byImage: await observed(store, key, signal) })),
  )
  return (image_id) =>
    voices.flatMap(({ source, byImage }) => {
      const said = byImage.get(image_id)
      return said ? [{ ...source, observations: said.observations, failure: said.failure }] : []
    })
}

/** The source's own labels: an annotator with full weight. */
function humanSource(set: string, digest: string, shard: string) {
  return {
    key: storeLayout.observations(set, 'source', digest, shard),
    source: { annotator: 'source', family: 'human', vocabulary: null, human: true },
  }
}

async function observed(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImageObservations>> {
  if ((await store.head(key, { signal })) === null) return new Map()
  const images = await readObservations(store, key, { signal })
  return new Map(images.map((image) => [image.image_id, image]))
}
