import { FldError } from '../errors.js'
import { strip } from './python-text.js'

/** The tasks of Florence-2, as its prompts name them. */
export const florence2Tasks = [
  'CAPTION',
  'DETAILED_CAPTION',
  'MORE_DETAILED_CAPTION',
  'OCR',
  'OCR_WITH_REGION',
  'OD',
  'DENSE_REGION_CAPTION',
  'REGION_PROPOSAL',
  'CAPTION_TO_PHRASE_GROUNDING',
  'REFERRING_EXPRESSION_SEGMENTATION',
  'REGION_TO_SEGMENTATION',
  'OPEN_VOCABULARY_DETECTION',
  'REGION_TO_CATEGORY',
  'REGION_TO_DESCRIPTION',
  'REGION_TO_OCR',
] as const
export type Florence2Task = (typeof florence2Tasks)[number]

/** What the model was trained to read, byte for byte (Florence-2's released processor); `{input}` is the task's input. */
const prompts: Readonly<Record<Florence2Task, string>> = {
  CAPTION: 'What does the image describe?',
  DETAILED_CAPTION: 'Describe in detail what is shown in the image.',
  MORE_DETAILED_CAPTION: 'Describe with a paragraph what is shown in the image.',
  OCR: 'What is the text in the image?',
  OCR_WITH_REGION: 'What is the text in the image, with regions?',
  OD: 'Locate the objects with category name in the image.',
  DENSE_REGION_CAPTION: 'Locate the objects in the image, with their descriptions.',
  REGION_PROPOSAL: 'Locate the region proposals in the image.',
  CAPTION_TO_PHRASE_GROUNDING: 'Locate the phrases in the caption: {input}',
  REFERRING_EXPRESSION_SEGMENTATION: 'Locate {input} in the image with mask',
  REGION_TO_SEGMENTATION: 'What is the polygon mask of region {input}',
  OPEN_VOCABULARY_DETECTION: 'Locate {input} in the image.',
  REGION_TO_CATEGORY: 'What is the region {input}?',
  REGION_TO_DESCRIPTION: 'What does the region {input} describe?',
  REGION_TO_OCR: 'What text is in the region {input}?',
}

/** What a task asks for besides the image: a region is four location tokens. */
export function taskInput(task: Florence2Task): 'none' | 'text' | 'region' {
  if (!prompts[task].includes('{input}')) return 'none'
  return task.startsWith('REGION_TO_') ? 'region' : 'text'
}

/**
 * The prompt of a task. Throws FldError `config_invalid` when an input is missing, is given where there is none to give, or
 * is no region where it has to be one.
 */
export function taskPrompt(task: Florence2Task, input?: string): string {
  const wanted = taskInput(task)
  const given = strip(input ?? '')
  if (wanted === 'none' && given !== '') {
    throw new FldError('config_invalid', `${task} takes no input; it was given ${JSON.stringify(input)}`)
  }
  if (wanted !== 'none' && given === '') {
    const what = wanted === 'text' ? 'a text' : 'a region, <loc_x1><loc_y1><loc_x2><loc_y2>'
    throw new FldError('config_invalid', `${task} needs ${what} as its input`)
  }
  if (wanted === 'region' && !isRegion(given)) {
    const expected = 'four locations from 0 to 999, <loc_x1><loc_y1><loc_x2><loc_y2>'
    throw new FldError('config_invalid', `${task} was given ${JSON.stringify(input)}, which is not ${expected}`)
  }
  return prompts[task].replace('{input}', () => given)
}

function isRegion(input: string): boolean {
  return /^(?:<loc_(?:0|[1-9]\d{0,2})>){4}$/.test(input)
}

/** `OD` or `<OD>`, in any case. Throws FldError `config_invalid` that lists the tasks. */
export function parseTaskName(name: string): Florence2Task {
  const bare = name
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .toUpperCase()
  const task = florence2Tasks.find((known) => known === bare)
  if (task !== undefined) return task
  throw new FldError('config_invalid', `"${name}" is no task of Florence-2; there are: ${florence2Tasks.join(', ')}`)
}
