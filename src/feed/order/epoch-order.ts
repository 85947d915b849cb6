import { keyedFraction, permutation } from './keyed-random.js'

/** What an epoch's order depends on, besides the snapshot. */
export interface EpochKey {
  readonly seed: number
  readonly epoch: number
}

/** A sample as the order sees it. */
export interface WeightedSample {
  readonly sample_id: string
  /** How often it comes in an epoch, on average: not negative. */
  readonly weight: number
}

/** The shards of a snapshot, by their index, in the order of an epoch; 4 bytes a shard. */
export function shardOrder(shards: number, { seed, epoch }: EpochKey): Uint32Array {
  return permutation(shards, ['shards', seed, epoch])
}

/**
 * How often a sample comes in an epoch: the whole part of its weight, and once more in that share of the epochs that the
 * rest says. A weight of 0.25 brings it in about every fourth epoch, 2 in each epoch twice.
 */
export function copiesIn({ sample_id, weight }: WeightedSample, { seed, epoch }: EpochKey): number {
  const whole = Math.floor(weight)
  const rest = weight - whole
  if (rest === 0) return whole
  return whole + (keyedFraction(['copies', seed, epoch, sample_id]) < rest ? 1 : 0)
}

/**
 * The order of a window: indices into its samples, each as often as `copiesIn` says, shuffled over the whole window. 4
 * bytes an entry. `samples` stand in the order of their shards (`shardOrder`) and, within a shard, of its images.
 */
export function windowOrder(samples: readonly WeightedSample[], key: EpochKey & { window: number }): Uint32Array {
  const listed: number[] = []
  for (const [index, sample] of samples.entries()) {
    for (let copy = copiesIn(sample, key); copy > 0; copy--) listed.push(index)
  }
  const order = permutation(listed.length, ['samples', key.seed, key.epoch, key.window])
  return order.map((place) => listed[place] ?? 0)
}
