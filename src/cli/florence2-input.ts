import { FldError } from '../../schemas/errors.js'
import { boxLocations, type ImageSize } from '../../schemas/florence2/quantizer.js'
import { type Florence2Task, florence2Tasks, parseTaskName, taskInput } from '../../schemas/florence2/tasks.js'

/** A task, and what it asks for as it was typed. */
export interface AskedTask {
  readonly task: Florence2Task
  readonly input: string | undefined
}

const number = String.raw`\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*`
const pixelBox = new RegExp(`^${number}(?:,${number}){3}$`, 'i')
const locationBox = /^(?:<loc_\d+>){4}$/

/**
 * The tasks of the command line, each with the input if it takes one: those named, or `all` that go with the input.
 * Throws FldError `config_invalid`.
 */
export function askedTasks(names: readonly string[], input: string | undefined): AskedTask[] {
  const tasks = names.includes('all') ? tasksWith(input) : [...new Set(names.map(parseTaskName))]
  const taking = tasks.filter((task) => taskInput(task) !== 'none')
  if (input !== undefined && taking.length === 0) {
    throw new FldError('config_invalid', `--input ${input}: no input is taken by ${tasks.join(', ')}`)
  }
  return tasks.map((task) => ({ task, input: taskInput(task) === 'none' ? undefined : input }))
}

function tasksWith(input: string | undefined): Florence2Task[] {
  const given = input === undefined ? 'none' : isRegion(input) ? 'region' : 'text'
  return florence2Tasks.filter((task) => taskInput(task) === 'none' || taskInput(task) === given)
}

function isRegion(input: string): boolean {
  return pixelBox.test(input) || locationBox.test(input)
}

/**
 * The input as the prompt has it: a region in pixels becomes four location tokens of the image's size. Throws FldError
 * `config_invalid` for a box that is none, or in pixels of an image whose size is not known.
 */
export function inputFor({ task, input }: AskedTask, size: ImageSize | null): string | undefined {
  if (input === undefined || taskInput(task) !== 'region' || !pixelBox.test(input)) return input
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = input.split(',').map(Number)
  if (!(x2 > x1 && y2 > y1)) {
    throw new FldError('config_invalid', `--input ${input}: expected x1,y1,x2,y2 in pixels with x2 > x1 and y2 > y1`)
  }
  if (size === null) throw new FldError('config_invalid', `--input ${input}: give the --size of the image it is on`)
  return boxLocations([x1, y1, x2, y2], size)
}
