import { FldError } from '../errors.js'
import { canonicalLabel } from './canonical-label.js'
import { coco80 } from './coco80.js'
import type { VocabularyName } from './label-row.js'
import { lvis } from './lvis.js'
import { objects365 } from './objects365.js'
import { openimages } from './openimages.js'
import { voc21 } from './voc21.js'

const vocabularies: Readonly<Record<VocabularyName, readonly string[]>> = {
  coco80,
  lvis,
  objects365,
  openimages,
  voc21,
}

/** The names of the vocabularies there are, sorted. */
export const vocabularyNames: readonly VocabularyName[] = ['coco80', 'lvis', 'objects365', 'openimages', 'voc21']

/** What labels a detector can say, in the order of its classes. Throws FldError `config_invalid` naming those there are. */
export function vocabulary(name: string): readonly string[] {
  const known = vocabularyNames.find((each) => each === name)
  if (known !== undefined) return vocabularies[known]
  throw new FldError('config_invalid', `There is no vocabulary "${name}". Available: ${vocabularyNames.join(', ')}.`, {
    details: { vocabulary: name, available: vocabularyNames },
  })
}

const classNames: readonly (readonly [VocabularyName, ReadonlySet<string>])[] = vocabularyNames.map((name) => [
  name,
  new Set(vocabularies[name]),
])

const recognised = new WeakMap<readonly string[], VocabularyName | 'own'>()

/**
 * Which vocabulary a detector's labels are of, so that its homonyms are read as it means them: the only one that has them
 * all, as they are spelled there, whatever their order and how many of them. Undefined where several or none do, and for an
 * open vocabulary (null). Told by the labels, since a run's plan holds these and not the name.
 */
export function vocabularyOf(labels: readonly string[] | null): VocabularyName | undefined {
  if (labels === null) return undefined
  const found = recognised.get(labels) ?? recognise(labels)
  recognised.set(labels, found)
  return found === 'own' ? undefined : found
}

function recognise(labels: readonly string[]): VocabularyName | 'own' {
  const having = classNames.filter(([, names]) => labels.every((label) => names.has(label)))
  const [only, ...more] = having.map(([name]) => name)
  return only === undefined || more.length > 0 ? 'own' : only
}

/** The classes of a vocabulary with their canonical labels, in its order; `background`, which stands for nothing, left out. */
export function canonicalClasses(name: VocabularyName): { readonly name: string; readonly label: string }[] {
  return vocabularies[name]
    .filter((each) => each !== 'background')
    .map((each) => ({ name: each, label: canonicalLabel(each, name) }))
}

const canonicalLists = new WeakMap<readonly string[], readonly string[]>()

/**
 * What a detector's labels are canonically, in its order, homonyms as its own vocabulary means them. Remembered by the list
 * itself, which a run holds once for all images.
 */
export function canonicalLabels(labels: readonly string[]): readonly string[] {
  const known = canonicalLists.get(labels)
  if (known !== undefined) return known
  const name = vocabularyOf(labels)
  const canonical = labels.map((label) => canonicalLabel(label, name))
  canonicalLists.set(labels, canonical)
  return canonical
}
