import type { Moment } from './drive-size.js'

/** What a size took, memory in bytes. */
export interface SizeResult {
  readonly shards: number
  /** From the first shard handed out to the last one committed. */
  readonly shardsPerSecond: number
  /** By name: what a shard took, of time and of requests. */
  readonly perShard: Readonly<Record<string, number>>
  /** Held to the tolerance: medians of the second half, when what stays resident after the start has settled. */
  readonly steady: Readonly<Record<string, number>>
  /** Not held to it: how much garbage lies about when a process is largest is chance. */
  readonly most: Readonly<Record<string, number>>
}

/** How much two sizes may differ in memory. */
const tolerance = 0.1

const widths = [10, 9, 10, 9, 9, 9, 9, 9, 9, 9, 9]
const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padStart(widths[index] ?? 9)).join(' ')
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

/** The head of the lines of moments. */
export const momentTitle = [
  line(['', '', '', '', 'coordi-', 'nator MB', '', 'worker', 'MB', 'Redis', 'MB']),
  line(['at', 'seconds', 'shards', 'shards/s', 'rss', 'heap', 'peak', 'rss', 'heap', 'used', 'peak']),
].join('\n')

/** One moment as a line; shards/s since the one before. */
export function momentLine(moment: Moment, before: Moment | undefined): string {
  const { at, seconds, committed, coordinator, worker, redis } = moment
  const rate = (committed - (before?.committed ?? 0)) / (seconds - (before?.seconds ?? 0))
  const memory = [coordinator.rss, coordinator.heap, coordinator.peak, worker.rss, worker.heap, redis.used, redis.peak]
  return line([at, seconds.toFixed(1), String(committed), rate.toFixed(1), ...memory.map(megabytes)])
}

/** Adds up the moments of one size. */
export function sizeResult(shards: number, moments: readonly Moment[]): SizeResult {
  const last = moments.findLast(({ at }) => at.endsWith('%'))
  const end = moments.at(-1)
  const half = moments.filter(({ committed, at }) => at.endsWith('%') && committed > shards / 2)
  const median = (of: (moment: Moment) => number) => medianOf(half.map(of))
  return {
    shards,
    shardsPerSecond: (last?.committed ?? 0) / (last?.seconds ?? Number.NaN),
    perShard: end === undefined ? {} : perShard(shards, end),
    steady: {
      'coordinator, resident': median(({ coordinator }) => coordinator.rss),
      'coordinator, heap': median(({ coordinator }) => coordinator.heap),
      'worker, resident': median(({ worker }) => worker.rss),
      'worker, heap': median(({ worker }) => worker.heap),
      'Redis, used': median(({ redis }) => redis.used),
      'Redis, peak': end?.redis.peak ?? Number.NaN,
    },
    most: {
      'coordinator, most ever resident': end?.coordinator.peak ?? Number.NaN,
      'worker, most ever resident': end?.worker.peak ?? Number.NaN,
    },
  }
}

/** Of both passes; start-up counts too, which many shards make little of. */
function perShard(shards: number, { coordinator, worker, redis, requests }: Moment): Record<string, number> {
  const milliseconds = (seconds: number) => (1000 * seconds) / shards
  return {
    'coordinator, processor ms': milliseconds(coordinator.processor),
    'worker, processor ms': milliseconds(worker.processor),
    'Redis, processor ms': milliseconds(redis.processor),
    ...Object.fromEntries(Object.entries(requests).map(([action, count]) => [`requests: ${action}`, count / shards])),
  }
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** The sizes side by side, and whether each takes the memory of the first: within a tenth, after the start. */
export function comparison(results: readonly SizeResult[]): { text: string; alike: boolean } {
  const steady = rowsOf(results, ({ steady }) => steady)
  const changes = steady.map(([, values]) => largestChange(values))
  const several = results.length > 1
  const text = [
    row('shards', [...results.map(({ shards }) => String(shards)), several ? 'change' : '']),
    row(
      'shards/s',
      results.map(({ shardsPerSecond }) => shardsPerSecond.toFixed(1)),
    ),
    ...rowsOf(results, ({ perShard }) => perShard).map(([name, values]) =>
      row(
        `${name} a shard`,
        values.map((value) => value.toFixed(3)),
      ),
    ),
    ...steady.map(([name, values], index) =>
      row(`${name}, MB`, [...values.map(megabytes), several ? `${(100 * (changes[index] ?? 0)).toFixed(1)} %` : '']),
    ),
    ...rowsOf(results, ({ most }) => most).map(([name, values]) => row(`${name}, MB`, values.map(megabytes))),
  ]
  return { text: text.join('\n'), alike: changes.every((change) => Math.abs(change) <= tolerance) }
}

/** A row for each name: its value in every size. */
function rowsOf(
  results: readonly SizeResult[],
  of: (result: SizeResult) => Readonly<Record<string, number>>,
): [string, number[]][] {
  const [first] = results
  if (first === undefined) return []
  return Object.keys(of(first)).map((name) => [name, results.map((result) => of(result)[name] ?? 0)])
}

function row(name: string, values: readonly string[]): string {
  return [name.padEnd(36), ...values.map((value) => value.padStart(12))].join(' ').trimEnd()
}

/** The largest change from the first, as a share of it. */
function largestChange([first = 0, ...others]: readonly number[]): number {
  const changes = others.map((other) => (other - first) / first)
  return changes.reduce((largest, change) => (Math.abs(change) > Math.abs(largest) ? change : largest), 0)
}
