/** What goes wrong in a run. */
export type FaultKind =
  | 'kill_session'
  | 'kill_worker'
  | 'stop_worker'
  | 'kill_redis'
  | 'flush_redis'
  | 'fill_redis'
  | 'store_down'
  | 'store_errors'
  | 'store_slow'
  | 'store_resets'
  | 'store_cut'
  | 'store_lost_answers'
  | 'fill_disk'

/** One fault: when so many shards are committed. */
export interface Fault {
  readonly after: number
  readonly kind: FaultKind
}

/** Faults of one run, in the order they come. */
export interface Schedule {
  readonly seed: number
  readonly store: 'folder' | 's3'
  /** The clock of every process jumps back and forth by hours; in a folder only: S3 refuses requests of another hour. */
  readonly jumpingClock: boolean
  readonly faults: readonly Fault[]
}

const anywhere: readonly FaultKind[] = [
  'kill_session',
  'kill_worker',
  'stop_worker',
  'kill_redis',
  'flush_redis',
  'fill_redis',
]
const onS3: readonly FaultKind[] = [
  'store_down',
  'store_errors',
  'store_slow',
  'store_resets',
  'store_cut',
  'store_lost_answers',
]

/** A generator of numbers from 0 to 1 that says the same for the same seed (mulberry32, Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A schedule of one to four faults in a run of so many shards; the same seed gives the same one. */
export function randomSchedule(seed: number, shards: number): Schedule {
  const random = randomNumbers(seed)
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(random() * values.length)]
    if (value === undefined) throw new RangeError('nothing to pick from')
    return value
  }
  const store = pick(['folder', 's3'] as const)
  const kinds = store === 's3' ? [...anywhere, ...onS3] : [...anywhere, 'fill_disk' as const]
  const faults = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    after: Math.floor(random() * shards),
    kind: pick(kinds),
  }))
  return {
    seed,
    store,
    jumpingClock: store === 'folder' && random() < 0.3,
    faults: faults.sort((a, b) => a.after - b.after),
  }
}
