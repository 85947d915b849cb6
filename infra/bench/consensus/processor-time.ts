export interface TimedTask {
  readonly run: () => void
  /** How many measured rounds there are at most. */
  readonly rounds: number
}

/** A task that takes longer than this (seconds) is measured in three rounds. */
const enough = 15

/**
 * Seconds of processor time that a task takes, the median of several rounds after a warm-up: of all threads, garbage
 * collection and compilation too, so that what else runs on the machine counts as little as can be.
 */
export function processorSeconds({ run, rounds }: TimedTask): number {
  const started = performance.now()
  // The compiler needs some tenths of a second.
  do run()
  while (performance.now() - started < 500)
  const times: number[] = []
  let total = 0
  while (times.length < rounds && (times.length < 3 || total < enough)) {
    const seconds = once(run)
    times.push(seconds)
    total += seconds
  }
  return median(times)
}

/** One round; what takes less than 20 ms is run several times in it. */
function once(run: () => void): number {
  const before = process.cpuUsage()
  for (let calls = 1; ; calls++) {
    run()
    const { user, system } = process.cpuUsage(before)
    if (user + system > 20_000) return (user + system) / 1e6 / calls
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
