import { text as readAll } from 'node:stream/consumers'
import { FldError } from '../../schemas/errors.js'
import { parseAnswer } from '../../schemas/florence2/parse.js'
import { dequantize, type ImageSize, quantize } from '../../schemas/florence2/quantizer.js'
import { referenceShape } from '../../schemas/florence2/reference-shape.js'
import { type Florence2Task, florence2Tasks, parseTaskName, taskPrompt } from '../../schemas/florence2/tasks.js'
import { askedTasks, inputFor } from './florence2-input.js'

/** The options of `fld florence2 quantise` and `dequantise`. */
export interface SizeFlags {
  readonly size: ImageSize
  readonly json?: boolean
}

/** The options of `fld florence2 parse`. */
export interface ParseFlags {
  readonly task: string
  readonly text: string
  readonly size?: ImageSize
}

/** The options of `fld florence2 prompt`. */
export interface PromptFlags {
  readonly task: string
  readonly input?: string
  readonly size?: ImageSize
  readonly json?: boolean
}

/** `fld florence2 parse`: {"<OD>": {bboxes, labels}}. Throws FldError `config_invalid`. */
export async function printParsed({ task: name, text: given, size }: ParseFlags): Promise<void> {
  const { task, marker } = answeredTask(name)
  const text = given === '-' ? await readAll(process.stdin) : given
  const answer = { [marker]: referenceShape(parseAnswer(task, text, size ?? null)) }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** The marker of a task that only a fine-tuned checkpoint has (`<DocVQA>`) answers in plain text, as in the reference. */
function answeredTask(name: string): { task: Florence2Task; marker: string } {
  const known = florence2Tasks.some((task) => name.toUpperCase() === `<${task}>`)
  if (/^<[^<>]+>$/.test(name) && !known) return { task: 'CAPTION', marker: name }
  const task = parseTaskName(name)
  return { task, marker: `<${task}>` }
}

/** `fld florence2 prompt`. Throws FldError `config_invalid`. */
export function printPrompt({ task: name, input: typed, size, json }: PromptFlags): void {
  for (const asked of askedTasks([name], typed)) {
    const input = inputFor(asked, size ?? null)
    const prompt = taskPrompt(asked.task, input)
    const line = json ? JSON.stringify({ task: asked.task, input: input ?? null, prompt }) : prompt
    process.stdout.write(`${line}\n`)
  }
}

/** `fld florence2 quantise`: x and y in turn, in pixels, to bins 0-999. Throws FldError `config_invalid`. */
export function printQuantised(lists: readonly string[], { size, json }: SizeFlags): void {
  const quantised = lists.map((list) => {
    const values = pairsOf(list, list.split(',').map(numberOf))
    const bins = values.map((value, index) => quantize(value, sideOf(size, index)))
    return { values, bins, text: bins.map((bin) => `<loc_${bin}>`).join('') }
  })
  for (const each of quantised) {
    process.stdout.write(`${json ? JSON.stringify(each) : `${each.bins.join(' ')}  ${each.text}`}\n`)
  }
}

/** `fld florence2 dequantise`: bins of x and y in turn to the middle of each in pixels. Throws FldError `config_invalid`. */
export function printDequantised(lists: readonly string[], { size, json }: SizeFlags): void {
  const dequantised = lists.map((list) => {
    const bins = pairsOf(list, binsOf(list))
    return { bins, values: bins.map((bin, index) => dequantize(bin, sideOf(size, index))) }
  })
  for (const each of dequantised) process.stdout.write(`${json ? JSON.stringify(each) : each.values.join(' ')}\n`)
}

/** Locations beyond 999 are let through, as the parser lets them through. */
function binsOf(list: string): number[] {
  const tokens = /^\s*(?:<loc_\d+>\s*)+$/.test(list)
  const bins = tokens ? [...list.matchAll(/<loc_(\d+)>/g)].map(([, bin]) => Number(bin)) : list.split(',').map(numberOf)
  if (bins.every((bin) => Number.isSafeInteger(bin) && bin >= 0)) return bins
  throw new FldError('config_invalid', `${list}: bins are whole numbers from 0 up`)
}

function numberOf(part: string, _index: number, all: readonly string[]): number {
  const value = Number(part)
  if (part.trim() !== '' && Number.isFinite(value)) return value
  throw new FldError('config_invalid', `"${part}" of "${all.join(',')}" is no number: write x,y,x,y,...`)
}

function pairsOf(list: string, numbers: readonly number[]): readonly number[] {
  if (numbers.length % 2 === 0) return numbers
  throw new FldError('config_invalid', `${list}: ${numbers.length} numbers are no pairs of x and y`)
}

function sideOf({ width, height }: ImageSize, index: number): number {
  return index % 2 === 0 ? width : height
}
