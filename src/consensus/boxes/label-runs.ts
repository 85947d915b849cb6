export interface RunItems {
  readonly labels: Int32Array
  /** Who comes first within a label. */
  readonly priorities: Float64Array
}

/** Up to this length an insertion sort is faster than the built-in one, which copies. */
const short = 40

/**
 * The items to use as one run per label, labels from low to high: indices by priority from high to low, of equal ones the
 * later first (as the reference orders ties). Runs lie one after another in one array.
 */
export function labelRuns({ labels, priorities }: RunItems, use: (index: number) => boolean): Int32Array[] {
  const lengths = new Map<number, number>()
  const used = new Uint8Array(labels.length)
  let total = 0
  for (let index = 0; index < labels.length; index++) {
    if (!use(index)) continue
    const label = labels[index] ?? 0
    lengths.set(label, (lengths.get(label) ?? 0) + 1)
    used[index] = 1
    total++
  }
  const ends = new Map<number, number>()
  const order = new Int32Array(total)
  let start = 0
  const runs = [...lengths.keys()]
    .sort((a, b) => a - b)
    .map((label) => {
      const end = start + (lengths.get(label) ?? 0)
      ends.set(label, end)
      const run = order.subarray(start, end)
      start = end
      return run
    })
  // From the back, so that of equal priorities the later stands first before the sort already.
  for (let index = 0; index < labels.length; index++) {
    if (used[index] === 0) continue
    const label = labels[index] ?? 0
    const at = (ends.get(label) ?? 0) - 1
    ends.set(label, at)
    order[at] = index
  }
  for (const run of runs) sortRun(run, priorities)
  return runs
}

function sortRun(run: Int32Array, priorities: Float64Array): void {
  if (run.length > short) {
    run.sort((a, b) => (priorities[b] ?? 0) - (priorities[a] ?? 0) || b - a)
    return
  }
  for (let at = 1; at < run.length; at++) {
    const index = run[at] ?? 0
    const priority = priorities[index] ?? 0
    let place = at
    while (place > 0 && (priorities[run[place - 1] ?? 0] ?? 0) < priority) {
      run[place] = run[place - 1] ?? 0
      place--
    }
    run[place] = index
  }
}
