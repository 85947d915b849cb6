import { FldError } from '../../schemas/errors.js'
import {
  canonicalClasses,
  canonicalLabel,
  type LabelRow,
  labelTable,
  labelTableVersion,
  type VocabularyName,
  vocabulary,
  vocabularyNames,
  wider,
} from '../../schemas/vocabularies/index.js'
import { columns } from './format-text.js'
import { nearestNames } from './nearest-labels.js'

/** The options of `fld vocabulary show`. */
export interface ShowFlags {
  readonly vocabulary?: string
  readonly json?: boolean
}

/** A row with all that the table says of it. */
interface LabelView {
  readonly label: string
  readonly parents: readonly string[]
  readonly wider: readonly string[]
  readonly children: readonly string[]
  /** Synonyms by where they were met. */
  readonly synonyms: Readonly<Record<string, readonly string[]>>
  /** The classes of each vocabulary that stand for it. */
  readonly classes: Readonly<Partial<Record<VocabularyName, readonly string[]>>>
}

/** `fld vocabulary show`. Throws FldError `config_invalid` for a label without a row, with the nearest names. */
export function printLabels(labels: readonly string[], { vocabulary: asked, json }: ShowFlags): void {
  const name = asked === undefined ? undefined : knownVocabulary(asked)
  if (labels.length > 0) {
    const views = labels.map((label) => labelView(rowOf(label, name)))
    print(json ? views.map((view) => JSON.stringify(view)).join('\n') : views.map(viewText).join('\n\n'))
  } else if (name !== undefined) {
    const classes = canonicalClasses(name)
    print(json ? classes.map((each) => JSON.stringify(each)).join('\n') : classText(classes))
  } else {
    const summary = tableSummary()
    print(json ? JSON.stringify(summary) : summaryText(summary))
  }
}

function knownVocabulary(asked: string): VocabularyName {
  vocabulary(asked)
  const found = vocabularyNames.find((name) => name === asked)
  if (found === undefined) throw new FldError('internal', `the vocabulary "${asked}" has no name`)
  return found
}

function rowOf(label: string, vocabularyName: VocabularyName | undefined): LabelRow {
  const canonical = canonicalLabel(label, vocabularyName)
  const row = labelTable.find(({ name }) => name === canonical)
  if (row !== undefined) return row
  const nearest = nearestNames(label).map(({ name }) => `"${name}"`)
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.join(', ')}?` : ''
  throw new FldError('config_invalid', `The label table ${labelTableVersion} has no row for "${label}".${hint}`, {
    details: { label, nearest },
  })
}

function labelView(row: LabelRow): LabelView {
  const { name: label, parents } = row
  const children = labelTable.filter((each) => each.parents.includes(label)).map(({ name }) => name)
  const synonyms: Record<string, string[]> = {}
  for (const [synonym, source] of Object.entries(row.synonyms))
    synonyms[source] = [...(synonyms[source] ?? []), synonym]
  const classes: Partial<Record<VocabularyName, string[]>> = {}
  for (const name of vocabularyNames) {
    const own = canonicalClasses(name).filter((each) => each.label === label)
    if (own.length > 0) classes[name] = own.map((each) => each.name)
  }
  return { label, parents, wider: wider(label), children, synonyms, classes }
}

function viewText({ label, parents, wider: ancestors, children, synonyms, classes }: LabelView): string {
  const above = ancestors.filter((name) => !parents.includes(name))
  const facts = [
    ...(parents.length > 0 ? [['parents', parents.join(', ')]] : []),
    ...(above.length > 0 ? [['above them', above.join(', ')]] : []),
    ...(children.length > 0 ? [['children', children.join(', ')]] : []),
    ...Object.entries(synonyms).map(([source, names]) => [`synonyms, ${source}`, names.join(', ')]),
    ...Object.entries(classes).map(([name, names]) => [`class of ${name}`, names.join(', ')]),
  ]
  return [
    label,
    ...(facts.length > 0 ? [columns(facts.map(([key = '', value = '']) => [`  ${key}`, value]))] : []),
  ].join('\n')
}

function classText(classes: readonly { readonly name: string; readonly label: string }[]): string {
  return columns([
    ['class', 'label', 'wider'],
    ...classes.map(({ name, label }) => [name, label, wider(label).join(', ')]),
  ])
}

interface TableSummary {
  readonly version: string
  readonly rows: number
  readonly names: number
  readonly synonyms: Readonly<Record<string, number>>
  readonly classes: Readonly<Record<string, number>>
}

function tableSummary(): TableSummary {
  const sources = labelTable.flatMap((row) => Object.values(row.synonyms))
  const synonyms: Record<string, number> = {}
  for (const source of sources) synonyms[source] = (synonyms[source] ?? 0) + 1
  const classes = Object.fromEntries(vocabularyNames.map((name) => [name, canonicalClasses(name).length]))
  return {
    version: labelTableVersion,
    rows: labelTable.length,
    names: labelTable.length + sources.length,
    synonyms,
    classes,
  }
}

function summaryText({ version, rows, names, synonyms, classes }: TableSummary): string {
  return [
    `${version}: ${rows} rows, ${names} names`,
    columns(Object.entries(synonyms).map(([source, count]) => [`  synonyms, ${source}`, count])),
    columns(Object.entries(classes).map(([name, count]) => [`  classes of ${name}`, count])),
  ].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
