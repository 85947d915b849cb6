import type { PackEntry } from './pack.js'
import { vocabulary } from './vocabularies/index.js'

/** The labels an entry's annotator can say, in class order; null when it has no vocabulary. */
export function entryVocabulary(entry: Pick<PackEntry, 'vocabulary'>): readonly string[] | null {
  return typeof entry.vocabulary === 'string' ? vocabulary(entry.vocabulary) : entry.vocabulary
}
