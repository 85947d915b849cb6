/**
 * Items that may go through a model together, at most `most` in a run: those of one key, such as the size of their
 * tensor. Each item is in one run; runs come in the order of their first items, and items of a run in theirs.
 */
export function alikeRuns<Item>(
  items: readonly Item[],
  most: number,
  keyOf: (item: Item) => string = () => '',
): Item[][] {
  const runs: Item[][] = []
  const open = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const run = open.get(key) ?? []
    if (run.length === 0) runs.push(run)
    run.push(item)
    if (run.length < most) open.set(key, run)
    else open.delete(key)
  }
  return runs
}
