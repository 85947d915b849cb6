import type { VocabularyName } from './label-row.js'
import { labelTable } from './label-table.js'

const canonicalNames: ReadonlyMap<string, string> = new Map(
  labelTable.flatMap((row) => [row.name, ...Object.keys(row.synonyms)].map((name) => [name, row.name] as const)),
)

const rowNames: ReadonlySet<string> = new Set(labelTable.map((row) => row.name))

/** Canonical names of homonyms, by vocabulary and name. */
const homonyms: ReadonlyMap<string, string> = new Map(
  labelTable.flatMap((row) =>
    Object.entries(row.homonyms).flatMap(([vocabulary, names]) =>
      names.map((name) => [`${vocabulary} ${name}`, row.name] as const),
    ),
  ),
)

/** One spelling for what differs in case, separators and spaces only: `TV_Monitor` and `tv-monitor` become `tv monitor`. */
export function normaliseLabel(label: string): string {
  // Most are as they shall be, and are asked for again and again.
  if (/^[a-z]+(?: [a-z]+)*$/.test(label)) return label
  return label
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_/-]+/g, ' ')
    .trim()
}

/**
 * The canonical name of a label by the label table; a label without a row is its own canonical name, normalised. Where the
 * label is a class of a known vocabulary, say which: some of its names mean something else elsewhere (`Mouse`).
 */
export function canonicalLabel(label: string, vocabulary?: VocabularyName): string {
  if (vocabulary === undefined) return canonicalNames.get(label) ?? canonicalOf(label, null)
  const met = metLabels.get(vocabulary) ?? new Map<string, string>()
  metLabels.set(vocabulary, met)
  const known = met.get(label)
  if (known !== undefined) return known
  const canonical = canonicalOf(label, vocabulary)
  if (met.size < mostMet) met.set(label, canonical)
  return canonical
}

/** What detectors have said so far: they say the same few names again and again, and normalising takes longer than a look-up. */
const metLabels = new Map<VocabularyName, Map<string, string>>()
const mostMet = 5000

function canonicalOf(label: string, vocabulary: VocabularyName | null): string {
  const normal = normaliseLabel(label)
  const homonym = vocabulary === null ? undefined : homonyms.get(`${vocabulary} ${normal}`)
  return homonym ?? canonicalNames.get(normal) ?? normal
}

/** Whether a label is the canonical name of a row of the label table. */
export function isKnownLabel(label: string): boolean {
  return rowNames.has(label)
}
