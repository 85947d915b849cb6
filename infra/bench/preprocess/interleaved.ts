/** What is timed. */
export type Task = () => Promise<unknown>

/** The median milliseconds of two tasks that run in turn, so that both meet the same load; after three rounds unmeasured. */
export async function interleaved(tasks: readonly [Task, Task], rounds: number): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = -3; round < rounds; round++) {
    for (const which of [0, 1] as const) {
      const started = performance.now()
      await tasks[which]()
      if (round >= 0) times[which].push(performance.now() - started)
    }
  }
  return [median(times[0]), median(times[1])]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
