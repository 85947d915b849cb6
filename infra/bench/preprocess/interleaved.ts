/** What is timed. */
export type Task = () => Promise<unknown>

/** Medians in milliseconds: on the clock, and of the processor in all threads together. */
export interface Taken {
  readonly wall: number
  readonly cpu: number
}

/** What two tasks take that run in turn, so that both meet the same load; after three rounds unmeasured. */
export async function interleaved(tasks: readonly [Task, Task], rounds: number): Promise<[Taken, Taken]> {
  const taken: [Taken[], Taken[]] = [[], []]
  for (let round = -3; round < rounds; round++) {
    for (const which of [0, 1] as const) {
      const [started, before] = [performance.now(), process.cpuUsage()]
      await tasks[which]()
      const { user, system } = process.cpuUsage(before)
      if (round >= 0) taken[which].push({ wall: performance.now() - started, cpu: (user + system) / 1000 })
    }
  }
  return [medians(taken[0]), medians(taken[1])]
}

function medians(taken: readonly Taken[]): Taken {
  return { wall: median(taken.map(({ wall }) => wall)), cpu: median(taken.map(({ cpu }) => cpu)) }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
