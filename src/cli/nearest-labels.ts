import { distance } from 'fastest-levenshtein'
import { canonicalLabel, isKnownLabel, labelTable, normaliseLabel } from '../../schemas/vocabularies/index.js'

/** A name of the label table that is spelled like a label without a row, and the row it leads to. */
export interface NearestName {
  readonly name: string
  readonly label: string
}

const shown = 3

/**
 * The names of the label table that an unknown label may have meant, the likeliest first: what it ends with (`mountain
 * bike`: bike), then names of few other letters, by edit distance (Levenshtein), at most a third of the label's length.
 */
export function nearestNames(label: string): NearestName[] {
  const normal = normaliseLabel(label)
  const most = Math.max(1, Math.floor(normal.length / 3))
  const near = tableNames()
    .filter((name) => Math.abs(name.length - normal.length) <= most)
    .map((name) => ({ name, edits: distance(name, normal) }))
    .filter(({ edits }) => edits <= most)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
  const names = [...new Set([...knownEnding(normal), ...near])].slice(0, shown)
  return names.map((name) => ({ name, label: canonicalLabel(name) }))
}

/** The longest known name that a label of several words ends with: its head noun. */
function knownEnding(normal: string): string[] {
  const words = normal.split(' ')
  const endings = words.map((_, index) => words.slice(index).join(' '))
  return endings.filter((ending) => isKnownLabel(canonicalLabel(ending))).slice(0, 1)
}

function tableNames(): string[] {
  return labelTable.flatMap((row) => [row.name, ...Object.keys(row.synonyms)])
}
