import { FldError } from '../errors.js'
import type { Florence2Answer, LabelledBox, LabelledPolygons, LabelledQuad } from './answer.js'
import { strip, toAscii } from './python-text.js'
import { boxLocations, type ImageSize, pointLocations, quadLocations } from './quantizer.js'
import type { Florence2Task } from './tasks.js'
import { ungroundedPhrases } from './ungrounded-phrases.js'

/**
 * The text that Florence-2 is to answer: what training reads. `parseAnswer` gives the same answer back, its coordinates in
 * the middle of their places. A phrase that stands for several boxes in a row is written once. Throws FldError
 * `config_invalid` for what the parser would read otherwise (a label with `<`, white space at its ends, a line break, a
 * phrase that grounding skips, half a surrogate pair), for a coordinate that is no number, and for answers that are not of the task's kind.
 */
export function serializeAnswer(task: Florence2Task, answer: Florence2Answer, size: ImageSize): string {
  switch (task) {
    case 'OD':
    case 'DENSE_REGION_CAPTION':
      return boxesText(task, kindOf(task, answer, 'boxes').boxes, size)
    case 'CAPTION_TO_PHRASE_GROUNDING':
      return boxesText(task, kindOf(task, answer, 'boxes').boxes, size)
    case 'REGION_PROPOSAL':
      return proposalsText(kindOf(task, answer, 'boxes').boxes, size)
    case 'OCR_WITH_REGION':
      return kindOf(task, answer, 'quads')
        .quads.map((quad) => quadText(quad, size))
        .join('')
    case 'REFERRING_EXPRESSION_SEGMENTATION':
    case 'REGION_TO_SEGMENTATION':
      return outlinesText(task, kindOf(task, answer, 'polygons').instances, size)
    case 'OPEN_VOCABULARY_DETECTION':
      return vocabularyText(kindOf(task, answer, 'boxes_or_polygons'), size)
    default:
      return plainText(task, kindOf(task, answer, 'text').text)
  }
}

type OfKind<Kind extends Florence2Answer['kind']> = Extract<Florence2Answer, { kind: Kind }>

function kindOf<Kind extends Florence2Answer['kind']>(
  task: Florence2Task,
  answer: Florence2Answer,
  kind: Kind,
): OfKind<Kind> {
  if (isKind(answer, kind)) return answer
  throw new FldError('config_invalid', `an answer to ${task} is of kind ${kind}; this one is of kind ${answer.kind}`)
}

function isKind<Kind extends Florence2Answer['kind']>(answer: Florence2Answer, kind: Kind): answer is OfKind<Kind> {
  return answer.kind === kind
}

function plainText(task: Florence2Task, text: string): string {
  if (text !== strip(text) || /<\/?s>|\p{Cs}/u.test(text)) {
    throw unwritable(task, text, 'white space at its ends, <s>, </s> or half a character')
  }
  return text
}

function boxesText(task: Florence2Task, boxes: readonly LabelledBox[], size: ImageSize): string {
  return boxes
    .map(({ label, box }, index) => {
      const again = index > 0 && boxes[index - 1]?.label === label
      return (again ? '' : asciiLabel(task, label)) + boxLocations(box, size)
    })
    .join('')
}

function proposalsText(boxes: readonly LabelledBox[], size: ImageSize): string {
  const named = boxes.find(({ label }) => label !== '')
  if (named !== undefined) throw unwritable('REGION_PROPOSAL', named.label, 'any label')
  return boxes.map(({ box }) => boxLocations(box, size)).join('')
}

function quadText({ label, quad }: LabelledQuad, size: ImageSize): string {
  const task = 'OCR_WITH_REGION'
  if (label === '' || label !== strip(label) || /\n|<loc_|<\/?s>|<pad>|\p{Cs}/u.test(label)) {
    throw unwritable(
      task,
      label,
      'no character at all, white space at its ends, line breaks, <loc_, <s>, </s>, <pad> or half a character',
    )
  }
  return label + quadLocations(quad, size)
}

/** One instance is written bare, several each between `<poly>` and `</poly>`. */
function outlinesText(task: Florence2Task, instances: readonly LabelledPolygons[], size: ImageSize): string {
  const named = instances.find(({ label }) => label !== '')
  if (named !== undefined) throw unwritable(task, named.label, 'any label')
  const [only] = instances
  if (only !== undefined && instances.length === 1) return polygonsText(task, only, size)
  return instances.map((instance) => `<poly>${polygonsText(task, instance, size)}</poly>`).join('')
}

function vocabularyText({ boxes, instances }: OfKind<'boxes_or_polygons'>, size: ImageSize): string {
  const task = 'OPEN_VOCABULARY_DETECTION'
  if (instances.length === 0) return boxesText(task, boxes, size)
  if (boxes.length > 0) {
    throw new FldError('config_invalid', `an answer to ${task} holds boxes or polygons, not both`)
  }
  return instances
    .map((instance, index) => {
      const again = index > 0 && instances[index - 1]?.label === instance.label
      return `${again ? '' : phraseLabel(task, instance.label)}<poly>${polygonsText(task, instance, size)}</poly>`
    })
    .join('')
}

/** Numbers of an outline that has an area. */
const fewestNumbers = 6

function polygonsText(task: Florence2Task, { polygons }: LabelledPolygons, size: ImageSize): string {
  const wrong = polygons.find((outline) => outline.length < fewestNumbers || outline.length % 2 === 1)
  if (wrong === undefined && polygons.length > 0) {
    return polygons.map((outline) => pointLocations(outline, size)).join('<sep>')
  }
  const what = wrong === undefined ? 'no outline' : `an outline of ${wrong.length} numbers`
  throw new FldError('config_invalid', `an answer to ${task} has ${what}; an outline is three x y pairs or more`)
}

function asciiLabel(task: Florence2Task, label: string): string {
  if (label !== toAscii(label)) throw unwritable(task, label, 'characters outside ASCII')
  if (task === 'CAPTION_TO_PHRASE_GROUNDING' && ungroundedPhrases.has(label)) {
    throw unwritable(task, label, 'phrases that stand for no region')
  }
  return phraseLabel(task, label)
}

function phraseLabel(task: Florence2Task, label: string): string {
  if (label !== '' && label === strip(label) && !/[<\n]|\p{Cs}/u.test(label)) return label
  throw unwritable(task, label, 'no character at all, white space at its ends, line breaks, < or half a character')
}

function unwritable(task: Florence2Task, label: string, what: string): FldError {
  const message = `${JSON.stringify(label)} cannot be written as part of an answer to ${task}: the parser takes no label with ${what}`
  return new FldError('config_invalid', message, { details: { task, label } })
}
