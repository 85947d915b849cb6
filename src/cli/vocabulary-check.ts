import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import {
  canonicalClasses,
  canonicalLabel,
  isKnownLabel,
  labelTable,
  labelTableFaults,
  labelTableVersion,
  type VocabularyName,
  vocabulary,
  vocabularyNames,
  vocabularyOf,
} from '../../schemas/vocabularies/index.js'
import { listPacks, loadPack } from '../models/packs/pack-file.js'
import { exitCodes } from './exit-code.js'
import { columns } from './format-text.js'
import { type NearestName, nearestNames } from './nearest-labels.js'

/** The options of `fld vocabulary check`. */
export interface CheckFlags {
  readonly json?: boolean
}

/** A label that has no row, and who says it where a pack was asked about. */
interface UnknownLabel {
  readonly entry: string | null
  readonly label: string
  readonly nearest: readonly NearestName[]
}

/** Labels of one list: a file, a vocabulary, or one entry of a pack. */
interface LabelList {
  readonly entry: string | null
  readonly labels: readonly string[]
  readonly vocabulary: VocabularyName | undefined
}

/** `fld vocabulary check` without a source: the table itself. Exit code 1 where something is wrong with it. */
export function checkTable({ json }: CheckFlags): void {
  const faults = labelTableFaults(labelTable)
  const rowless = vocabularyNames.flatMap((name) =>
    canonicalClasses(name)
      .filter(({ label }) => !isKnownLabel(label))
      .map((each) => ({ vocabulary: name, class: each.name })),
  )
  if (faults.length + rowless.length > 0) process.exitCode = exitCodes.failed
  const rows = labelTable.length
  const text = [
    ...faults,
    ...rowless.map((each) => `the class "${each.class}" of ${each.vocabulary} has no row`),
    `${labelTableVersion}: ${rows} rows, ${faults.length} faults, ${rowless.length} classes without a row`,
  ].join('\n')
  print(json ? JSON.stringify({ version: labelTableVersion, rows, faults, classes_without_row: rowless }) : text)
}

/** `fld vocabulary check <source>`. Exit code 2 where labels have no row. Throws FldError `config_invalid` for an unusable source. */
export async function checkLabels(source: string, { json }: CheckFlags): Promise<void> {
  const lists = await labelLists(source)
  const unknown = lists.flatMap(unknownLabels)
  const labels = lists.reduce((sum, list) => sum + list.labels.length, 0)
  if (unknown.length > 0) process.exitCode = exitCodes.usage
  const text = [
    ...(unknown.length > 0 ? [columns(unknown.map(unknownCells))] : []),
    `${source}: ${labels} labels, ${unknown.length} without a row in ${labelTableVersion}`,
  ].join('\n')
  print(json ? JSON.stringify({ version: labelTableVersion, source, labels, unknown }) : text)
}

function unknownLabels({ entry, labels, vocabulary: name }: LabelList): UnknownLabel[] {
  return labels
    .filter((label) => label.toLowerCase() !== 'background' && !isKnownLabel(canonicalLabel(label, name)))
    .map((label) => ({ entry, label, nearest: nearestNames(label) }))
}

function unknownCells({ entry, label, nearest }: UnknownLabel): string[] {
  const names = nearest.map(({ name, label: row }) => (name === row ? name : `${name} (${row})`))
  const hint = names.length > 0 ? `nearest: ${names.join(', ')}` : 'nothing near'
  return [...(entry === null ? [] : [entry]), label, hint]
}

async function labelLists(source: string): Promise<LabelList[]> {
  if (vocabularyNames.some((name) => name === source)) return [labelList(vocabulary(source))]
  if (!existsSync(source)) {
    if ((await listPacks()).includes(source)) return packLists(source)
    throw new FldError('config_invalid', `"${source}" is no file, no pack and none of ${vocabularyNames.join(', ')}.`)
  }
  const text = await readLabelFile(source)
  if (!source.endsWith('.json'))
    return [
      labelList(
        text
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => line !== ''),
      ),
    ]
  const content = parseJson(text, source)
  if (!Array.isArray(content)) return packLists(source)
  const labels = z.array(z.string()).safeParse(content)
  if (labels.success) return [labelList(labels.data)]
  throw new FldError('config_invalid', `${source} is no list of labels: ${z.prettifyError(labels.error)}`)
}

function labelList(labels: readonly string[], entry: string | null = null): LabelList {
  return { entry, labels, vocabulary: vocabularyOf(labels) }
}

async function packLists(nameOrPath: string): Promise<LabelList[]> {
  const pack = await loadPack(nameOrPath)
  return pack.entries.flatMap((entry) => {
    const labels = entryVocabulary(entry)
    return labels === null ? [] : [labelList(labels, `${pack.name}/${entry.name}`)]
  })
}

async function readLabelFile(path: string): Promise<string> {
  try {
    return textOf(await readFile(path), path)
  } catch (cause) {
    if (cause instanceof FldError) throw cause
    throw new FldError('config_invalid', `cannot read the labels in ${path}: ${errorMessage(cause)}`, { cause })
  }
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (cause) {
    throw noText(path, cause)
  }
  throw noText(path)
}

function noText(path: string, cause?: unknown): FldError {
  const message = `${path} is no text in UTF-8: a file of labels has one a line, or is a .json array of them`
  return new FldError('config_invalid', message, { cause })
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FldError('config_invalid', `${path} is no JSON: ${errorMessage(cause)}`, { cause })
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
