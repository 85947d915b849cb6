import { wider } from '../../../schemas/vocabularies/index.js'
import type { ParsedText } from '../../../src/consensus/index.js'

/**
 * The classes of a vocabulary that a text names: labels of its phrases, and what is wider than these (`taxi`: car). What is
 * wider than a class names none: `animal` is not yet a dog, nor `table` a dining table.
 */
export function namedClasses(parsed: ParsedText, vocabulary: ReadonlySet<string>): Set<string> {
  const labels = parsed.phrases.flatMap(({ label }) => (label === null ? [] : [label, ...wider(label)]))
  return new Set(labels.filter((label) => vocabulary.has(label)))
}
