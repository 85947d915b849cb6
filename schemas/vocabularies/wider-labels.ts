import { labelTable } from './label-table.js'

const parentsOf: ReadonlyMap<string, readonly string[]> = new Map(labelTable.map((row) => [row.name, row.parents]))

const ancestorsOf: ReadonlyMap<string, readonly string[]> = new Map(
  labelTable.map((row) => [row.name, ancestors(row.parents)]),
)

const none: readonly string[] = []

/** All that is wider than a canonical label, nearest first (`limousine`: car, motor vehicle, ...); empty where nothing is. */
export function wider(label: string): readonly string[] {
  return ancestorsOf.get(label) ?? none
}

/** Breadth first, each once: a cycle, which the table's check refuses, ends too. */
function ancestors(parents: readonly string[]): readonly string[] {
  const found = new Set(parents)
  for (const name of found) for (const parent of parentsOf.get(name) ?? none) found.add(parent)
  return [...found]
}
