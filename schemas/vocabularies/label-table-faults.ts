import { normaliseLabel } from './canonical-label.js'
import type { LabelRow } from './label-row.js'

/**
 * What is wrong with a label table, a sentence each: a name in two rows, a name that is not spelled as it is looked up, a
 * parent without a row, a row above itself, a homonym of one vocabulary in two rows. Empty where nothing is.
 */
export function labelTableFaults(rows: readonly LabelRow[]): string[] {
  return [...repeatedNames(rows), ...misspelledNames(rows), ...missingParents(rows), ...cycles(rows)]
}

function repeatedNames(rows: readonly LabelRow[]): string[] {
  const faults: string[] = []
  const owners = new Map<string, string>()
  for (const row of rows) {
    for (const name of keysOf(row)) {
      const owner = owners.get(name)
      if (owner !== undefined) faults.push(`"${name}" stands in the rows "${owner}" and "${row.name}"`)
      owners.set(name, row.name)
    }
  }
  return faults
}

/** All names that a row is found by; a homonym behind its vocabulary, as it is a name there only. */
function keysOf(row: LabelRow): string[] {
  const homonyms = Object.entries(row.homonyms).flatMap(([vocabulary, names]) =>
    names.map((name) => `${vocabulary}: ${name}`),
  )
  return [...namesOf(row), ...homonyms]
}

function namesOf(row: LabelRow): string[] {
  return [row.name, ...Object.keys(row.synonyms)]
}

function misspelledNames(rows: readonly LabelRow[]): string[] {
  return rows
    .flatMap((row) => [...namesOf(row), ...Object.values(row.homonyms).flat()])
    .filter((name) => name === '' || normaliseLabel(name) !== name)
    .map((name) => `"${name}" is looked up as "${normaliseLabel(name)}": write it so`)
}

function missingParents(rows: readonly LabelRow[]): string[] {
  const known = new Set(rows.map((row) => row.name))
  return rows.flatMap((row) =>
    row.parents
      .filter((parent) => !known.has(parent))
      .map((parent) => `the parent "${parent}" of "${row.name}" has no row`),
  )
}

function cycles(rows: readonly LabelRow[]): string[] {
  const parents = new Map(rows.map((row) => [row.name, row.parents]))
  return rows
    .filter((row) => {
      const above = new Set(row.parents)
      for (const name of above) for (const parent of parents.get(name) ?? []) above.add(parent)
      return above.has(row.name)
    })
    .map((row) => `"${row.name}" is above itself`)
}
