import { FldError } from '../../schemas/errors.js'
import { canonicalLabel, vocabularyOf } from '../../schemas/vocabularies/index.js'
import type { HubConfig } from './hub-config.js'

/** Names of a model's classes, by class index. */
export interface ClassLabels {
  /** Null for a class that stands for nothing: it is never said. */
  readonly names: readonly (string | null)[]
  /** Whether the model has exactly these classes. A config.json may leave its last ones without a name. */
  readonly exact: boolean
}

/**
 * The labels of a detector in the layout of Transformers.js, by class index. Where config.json names its classes, a
 * vocabulary must name the same ones in the same order, if need be in words of its own (`couch` for `sofa`, by the label
 * table), which are then said; where it does not, the vocabulary is the classes. Throws FldError `model_invalid` that
 * tells the first difference.
 */
export function classLabels(config: HubConfig | null, vocabulary: readonly string[] | null): ClassLabels {
  const names = configNames(config)
  if (names.some((name) => name !== null)) {
    return { names: vocabulary === null ? names : inWordsOf(vocabulary, names), exact: false }
  }
  if (vocabulary !== null && vocabulary.length > 0) return { names: vocabulary.map(realName), exact: true }
  throw new FldError(
    'model_invalid',
    'nothing names the classes of this detector: it needs id2label in config.json, or a vocabulary',
  )
}

function configNames(config: HubConfig | null): (string | null)[] {
  const id2label = config?.id2label ?? {}
  const last = Math.max(-1, ...Object.keys(id2label).map(Number))
  return Array.from({ length: last + 1 }, (_, index) => realName(id2label[index] ?? ''))
}

/** What configurations write for a class that stands for nothing; `LABEL_12` is what transformers writes for no name. */
const placeholder = /^(|n\/a|none|background|label_\d+)$/i

function realName(name: string): string | null {
  return placeholder.test(name.trim()) ? null : name
}

/** The vocabulary's labels in place of the names, whose gaps stay: COCO's 80 labels fit a head of 91 classes. */
function inWordsOf(vocabulary: readonly string[], names: readonly (string | null)[]): (string | null)[] {
  const named = names.flatMap((name, index) => (name === null ? [] : [{ name, index }]))
  const own: (string | null)[] = names.map(() => null)
  const known = vocabularyOf(vocabulary)
  for (let position = 0; position < Math.max(vocabulary.length, named.length); position++) {
    const label = vocabulary[position]
    const wanted = named[position]
    if (
      label === undefined ||
      wanted === undefined ||
      canonicalLabel(label, known) !== canonicalLabel(wanted.name, known)
    ) {
      throw new FldError(
        'model_invalid',
        `the vocabulary is not that of the model: label ${position + 1} is ${label === undefined ? 'missing' : `"${label}"`}, ` +
          `in config.json it is ${wanted === undefined ? 'missing' : `"${wanted.name}" (class ${wanted.index})`}; config.json ` +
          `names ${named.length} of its classes 0-${names.length - 1}, the vocabulary has ${vocabulary.length} labels`,
        { details: { position, vocabulary: label ?? null, config: wanted?.name ?? null } },
      )
    }
    own[wanted.index] = label
  }
  return own
}
