import pc from 'picocolors'
import {
  type ChangeCounts,
  type ChangeExample,
  type ChangeKind,
  changeKinds,
  type RoundDiff,
  type TableDiff,
} from '../rounds/index.js'
import { columns } from './format-text.js'

/** Groups of a table that are listed at most: those that changed most. */
const groupsListed = 12

const heads = ['before', 'after', 'same', ...changeKinds] as const

/** How two decisions differ, for people. */
export function diffText(diff: RoundDiff): string {
  const { before, after, images, images_changed, shards } = diff
  const tables = Object.entries(diff.tables)
  return [
    `before: ${pc.bold(before.run)}, round ${before.round}`,
    `after:  ${pc.bold(after.run)}, round ${after.round}`,
    `${images} images of set ${diff.set} in ${shards} shards; ${images_changed} images with changes`,
    ...aloneText(diff),
    ...ruleLines(diff),
    '',
    columns([['table', ...heads], ...tables.map(([name, table]) => [name, ...cells(table)])]),
    ...(diff.equal ? ['', pc.green('nothing differs')] : tables.flatMap(([name, table]) => tableLines(name, table))),
  ].join('\n')
}

function aloneText({ only_before, only_after }: RoundDiff): string[] {
  const said = (side: string, shards: readonly string[]) =>
    shards.length === 0 ? [] : [pc.yellow(`not compared: ${shards.length} shards are decided ${side} only`)]
  return [...said('before', only_before), ...said('after', only_after)]
}

function ruleLines({ rules }: RoundDiff): string[] {
  if (rules.length === 0) return ['the rules are the same']
  return rules.map(
    ({ key, before, after }) =>
      `consensus.${key}: ${shorten(JSON.stringify(before))} -> ${shorten(JSON.stringify(after))}`,
  )
}

function tableLines(name: string, table: TableDiff): string[] {
  if (changesOf(table) === 0) return []
  const groups = Object.entries(table.by).flatMap(([by, values]) => groupLines(`${name} by ${by}`, values))
  const relabelled = Object.entries(table.relabelled).sort(([, a], [, b]) => b - a)
  const labels = relabelled.slice(0, groupsListed).map(([pair, times]) => [`  ${pair}`, times])
  return [
    ...groups,
    ...(labels.length === 0 ? [] : ['', pc.bold(`${name} relabelled`), columns(labels)]),
    ...(table.examples.length === 0 ? [] : ['', pc.bold(`${name}, examples`)]),
    ...changeKinds.flatMap((kind) => table.examples.filter(({ kinds }) => kinds[0] === kind).map(exampleLine)),
  ]
}

function groupLines(title: string, values: Readonly<Record<string, ChangeCounts>>): string[] {
  const changed = Object.entries(values)
    .filter(([, counts]) => changesOf(counts) > 0)
    .sort(([, a], [, b]) => changesOf(b) - changesOf(a))
  if (changed.length === 0) return []
  const rows = changed.slice(0, groupsListed).map(([value, counts]) => [`  ${value}`, ...cells(counts)])
  const more = changed.length - rows.length
  return [
    '',
    columns([[pc.bold(title), ...heads], ...rows]),
    ...(more > 0 ? [`  and ${more} more: --json has all`] : []),
  ]
}

function cells({ before, after, same, changes }: ChangeCounts): number[] {
  return [before, after, same, ...changeKinds.map((kind) => changes[kind])]
}

/** Rows that are not the same, and those whose group is another now. */
function changesOf({ before, after, changes }: ChangeCounts): number {
  return Math.max(
    Math.abs(after - before),
    Object.values(changes).reduce((sum, times) => sum + times, 0),
  )
}

function exampleLine({ kinds, image_id, before, after }: ChangeExample): string {
  const [one, other] = [rowText(before), rowText(after)]
  const what = one === null || other === null ? (one ?? other) : one === other ? one : `${one} -> ${other}`
  return `  ${kindText(kinds)} ${image_id}  ${what}`
}

function kindText(kinds: readonly ChangeKind[]): string {
  return kinds.join(', ').padEnd(10)
}

/** A row in short: what it is, where, its score, and the rule or reason. */
function rowText(row: Readonly<Record<string, unknown>> | null): string | null {
  if (row === null) return null
  const { label, phrase, text, kind, reason, score, rule, x1, y1, x2, y2 } = row
  const name = reason === undefined ? (label ?? phrase ?? text) : `${kind}, ${reason}`
  const box = x1 === undefined ? '' : ` [${[x1, y1, x2, y2].map((side) => Math.round(Number(side))).join(' ')}]`
  return `${shorten(String(name))}${box} ${Number(score).toFixed(3)} ${rule}`
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
