import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { AnnotationRow, ShardAnnotations } from '../../schemas/annotation.js'
import { composingAnnotators } from '../../schemas/composing-annotators.js'
import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { RunPlan } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import type { DecidedSoFar, Source } from '../consensus/index.js'
import { readRefusedImages } from '../dataset/image-set.js'
import { readObservations } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'
import { leftOutRows } from './left-out-labels.js'
import { observationKeys, sourceKeys } from './observation-keys.js'
import { quarantineRow, refusedRow } from './quarantine.js'
import { checkpointsAmong } from './shard-checkpoints.js'

/** A shard to decide over, from the observations that lie in the store. */
export interface ShardToDecide {
  readonly store: ObjectStore
  /** Bound to the versions of checkpoints that the shard was annotated with. */
  readonly plan: RunPlan
  readonly shard: string
  readonly images: readonly ImageRecord[]
  /** Where the observations lie, by annotator; found in the store when left out. Who is not among them says nothing. */
  readonly keys?: ReadonlyMap<string, string>
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
  const { decideImage } = await consensus(images.flatMap(({ image_id }) => sourcesOf(image_id)))
  const required = new Set(plan.annotators.filter((planned) => planned.required).map(({ name }) => name))
  const place = { shard: shard.shard, round }
  const rules = { config: plan.pipeline.consensus, shownUnder: otherRules(plan) }
  const checkpoints = checkpointsAmong(plan)
  const annotations: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }
  annotations.rejects.push(...refused.map((each) => refusedRow(each, place)))
  for (const image of images) {
    const sources = sourcesOf(image.image_id)
    annotations.rejects.push(...leftOutRows(image, place))
    const quarantined = quarantineRow({ image, sources, required, checkpoints, ...place })
    if (quarantined) annotations.rejects.push(quarantined)
    else append(annotations, decideImage({ image, sources, ...rules, ...place }), checkpoints)
    await nextTurn()
  }
  return { annotations, refused: refused.length }
}

/** The rules by which a replay's annotators were shown what they speak of; null where they are those of the plan. */
function otherRules({ replay_of, pipeline }: RunPlan): ConsensusConfig | null {
  if (replay_of === null) return null
  return isDeepStrictEqual(replay_of.shown_under, pipeline.consensus) ? null : replay_of.shown_under
}

/** The rules, loaded when the first shard is decided, and ready for what the sources say: both take a while. */
async function consensus(sources: readonly Source[]) {
  const rules = await import('../consensus/index.js')
  await rules.readyForLanguages(writtenBy(sources))
  return rules
}

function* writtenBy(sources: readonly Source[]): Generator<string> {
  for (const { observations } of sources) {
    for (const said of observations) {
      if (said.kind === 'caption' || said.kind === 'region_caption') yield said.text
      else if (said.kind === 'proposed_region' && said.text !== null) yield said.text
    }
  }
}

/** Adds an image's rows, and says which checkpoints are among the support of each. */
function append(
  to: ShardAnnotations,
  from: ShardAnnotations,
  checkpoints: (support: readonly string[]) => string[] | null,
): void {
  for (const row of Object.values(from).flat<AnnotationRow[][]>()) row.checkpoints = checkpoints(row.support)
  to.text.push(...from.text)
  to.region_text.push(...from.region_text)
  to.phrase_region.push(...from.phrase_region)
  to.rejects.push(...from.rejects)
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
  const { decideSoFar } = await consensus(images.flatMap(({ image_id }) => sourcesOf(image_id)))
  const decided = new Map<string, DecidedSoFar>()
  for (const image of images) {
    decided.set(image.image_id, decideSoFar({ image, sources: sourcesOf(image.image_id), config }))
    await nextTurn()
  }
  return decided
}

/** Reads what annotators said about a shard; one that has no observations is not among an image's sources. */
export async function observedSources(
  { store, plan, shard, signal, ...known }: ShardToDecide,
  annotators: RunPlan['annotators'],
): Promise<(image_id: string) => Source[]> {
  const through = annotators.at(-1)?.stage
  const keys = known.keys ?? (await observationKeys({ store, plan, shard, signal }, through))
  const heard = annotators.filter(({ name }) => keys.has(name))
  const models = heard.map(({ name, entry, produces }) => ({
    key: keys.get(name) ?? '',
    source: {
      annotator: name,
      family: entry.family,
      // Who never names objects opposes none by its silence, whatever labels it knows.
      vocabulary: produces.includes('object') ? entryVocabulary(entry) : null,
      human: false,
      composes: composingAnnotators.includes(entry.annotator),
    },
  }))
  const labels = sourceVoices(plan, shard)
  const voices = await Promise.all(
    [...models, ...labels].map(async ({ key, source }) => ({ source, byImage: await observed(store, key, signal) })),
  )
  return (image_id) =>
    voices.flatMap(({ source, byImage }) => {
      const said = byImage.get(image_id)
      return said ? [{ ...source, observations: said.observations, failure: said.failure }] : []
    })
}

/** The source's own boxes and texts: annotators that no model is behind, and whose silence says nothing. */
function sourceVoices(plan: RunPlan, shard: string) {
  const keys = new Map(sourceKeys(plan, shard))
  return sourceAnnotators.flatMap(({ annotator, family, human }) => {
    const key = keys.get(annotator)
    return key === undefined ? [] : [{ key, source: { annotator, family, vocabulary: null, human } }]
  })
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
