import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageSet, RunPlan } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageSet } from '../dataset/image-set.js'
import { readManifest } from '../dataset/manifest.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { planDigest } from './plan-digest.js'
import type { ReadyShard } from './run-round.js'

/** What a replay decides again, and how. */
export interface ReplayOptions {
  /** The plan of the run whose observations are decided again; it may itself be a replay. */
  readonly of: RunPlan
  readonly round: number
  /** All rules: those of the run with what is changed laid over them. */
  readonly consensus: ConsensusConfig
  /** The replay's name; made of the run's and the plan's digest when absent, so that the same command finds it again. */
  readonly name?: string | undefined
  readonly version: string
}

/**
 * The plan of a run that decides again what another was told: its set, annotators and digests, other rules. The engine's
 * version counts as one of the rules: after an upgrade the same command is another replay. Throws FldError
 * `config_invalid` when the rules speak of annotators that the run has not.
 */
export function planReplay({ of, round, consensus, name, version }: ReplayOptions): RunPlan {
  checkSources(of, consensus)
  const replay_of = { run: of.run, round, shown_under: of.replay_of?.shown_under ?? of.pipeline.consensus }
  const pipeline = { ...of.pipeline, consensus }
  const { set, label_digest: labelDigest, digest: replayed } = of
  const digest = planDigest({ replay_of, replayed, set, labelDigest, consensus, version })
  // The replay of a replay is not named after all of its ancestors.
  const root = of.run.replace(/-replay-[0-9a-f]{8}$/, '')
  const run = name ?? `${root}-replay-${digest.slice(0, 8)}`
  return { ...of, run, pipeline, replay_of, asked: null, digest, created_at: new Date().toISOString(), version }
}

function checkSources(of: RunPlan, { sources }: ConsensusConfig): void {
  const known = new Set([
    ...of.annotators.map(({ name }) => name),
    ...Object.keys(of.left_out),
    ...sourceAnnotators.map(({ annotator }) => annotator),
    ...Object.keys(of.pipeline.consensus.sources),
  ])
  const strange = Object.keys(sources).find((name) => !known.has(name))
  if (strange === undefined) return
  const message = `consensus.sources.${strange}: run "${of.run}" has no annotator "${strange}"; there are: ${[...known].join(', ')}`
  throw new FldError('config_invalid', message)
}

/** A round that can be decided again: the set it is over, and the number of its shards. */
export async function replayableSet(
  store: ObjectStore,
  { run, round, set }: { run: string; round: number; set: string },
  options: StoreOptions = {},
): Promise<ImageSet> {
  const [imageSet, manifest] = await Promise.all([
    readImageSet(store, set, options),
    readManifest(store, run, round, options),
  ])
  if (imageSet !== null && manifest !== null) return imageSet
  const message = `round ${round} of run "${run}" is not complete: only what is decided can be decided again; let its own command finish it first (fld status ${run} says where it stands)`
  throw new FldError('run_missing', message, { details: { run, round } })
}

/** The shards of a round that is decided again, as a round is fed; returns their set. */
export async function* replayedShards(
  store: ObjectStore,
  { replay_of, set }: { replay_of: { run: string; round: number }; set: ImageSet },
  options: StoreOptions = {},
): AsyncGenerator<ReadyShard, ImageSet, undefined> {
  for await (const { shard, images } of readCommits(store, replay_of.run, replay_of.round, options)) {
    yield { shard, images }
  }
  return set
}
