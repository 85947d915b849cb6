/**
 * Who reads: a rank of a training job, and a loading process of that rank. Each takes every n-th position of an epoch,
 * n being ranks times processes: which positions a rank has does not depend on how many processes it loads with.
 */
export interface RankShare {
  readonly rank: number
  /** How many ranks there are. */
  readonly world: number
  readonly worker: number
  /** How many processes the rank loads with. */
  readonly workers: number
}

/** The first position from `position` on that is this reader's. */
export function nextPosition(position: number, share: RankShare): number {
  const { stride, lane } = strideOf(share)
  const before = position - (position % stride) + lane
  return before < position ? before + stride : before
}

/** Where all readers together stand when each has taken its position of the round that `position` is in. */
export function roundAfter(position: number, share: RankShare): number {
  const { stride } = strideOf(share)
  return position - (position % stride) + stride
}

/** Up to where, not including, an epoch must reach for every rank to get one at `position`'s turn. */
export function turnEnd(position: number, { world }: RankShare): number {
  return position - (position % world) + world
}

/** Positions between two of a reader's, and its first. */
export function strideOf({ rank, world, worker, workers }: RankShare): { stride: number; lane: number } {
  return { stride: world * workers, lane: rank + world * worker }
}
