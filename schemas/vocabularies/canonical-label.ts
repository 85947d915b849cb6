import { labelTable } from './label-table.js'

const canonicalNames: ReadonlyMap<string, string> = new Map(
  labelTable.flatMap((row) => [row.name, ...Object.keys(row.synonyms)].map((name) => [name, row.name] as const)),
)

/** One spelling for what differs in case, separators and spaces only: `TV_Monitor` and `tv-monitor` become `tv monitor`. */
export function normaliseLabel(label: string): string {
  return label
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_/-]+/g, ' ')
    .trim()
}

/** The canonical name of a label by the synonym table; a label without a row is its own canonical name, normalised. */
export function canonicalLabel(label: string): string {
  const normal = normaliseLabel(label)
  return canonicalNames.get(normal) ?? normal
}
