import {
  canonicalLabel,
  isKnownLabel as isRow,
  labelTable,
  normaliseLabel,
  wider,
} from '../../../../schemas/vocabularies/index.js'

/** Whether the synonym table has this name, as a canonical one or as another name of one. */
export function isKnownLabel(name: string): boolean {
  return isRow(canonicalLabel(name))
}

let opening: ReadonlySet<string> | null = null

/** Whether a name of several words may begin with this one: most words begin none. */
export function opensLabel(word: string): boolean {
  opening ??= new Set(
    labelTable.flatMap(({ name, synonyms }) => [name, ...Object.keys(synonyms)]).flatMap(firstOfSeveral),
  )
  return opening.has(normaliseLabel(word).split(' ')[0] ?? '')
}

function firstOfSeveral(name: string): string[] {
  const [first, ...others] = name.split(' ')
  return first === undefined || others.length === 0 ? [] : [first]
}

/** Whether a name's label is of this kind: the label itself, or one that is narrower. */
export function isA(name: string, kind: string): boolean {
  const label = canonicalLabel(name)
  return label === kind || wider(label).includes(kind)
}
