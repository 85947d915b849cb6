import { canonicalLabel, isKnownLabel as isRow, wider } from '../../../../schemas/vocabularies/index.js'

/** Whether the synonym table has this name, as a canonical one or as another name of one. */
export function isKnownLabel(name: string): boolean {
  return isRow(canonicalLabel(name))
}

/** Whether a name's label is of this kind: the label itself, or one that is narrower. */
export function isA(name: string, kind: string): boolean {
  const label = canonicalLabel(name)
  return label === kind || wider(label).includes(kind)
}
