import { isDeepStrictEqual } from 'node:util'
import type { Florence2Answer } from '../../../schemas/florence2/answer.js'
import { parseAnswer } from '../../../schemas/florence2/parse.js'
import { boxLocations, type ImageSize, pointLocations } from '../../../schemas/florence2/quantizer.js'
import type { Florence2Task } from '../../../schemas/florence2/tasks.js'

/** What a target shall say. */
export interface WrittenTarget {
  readonly task: Florence2Task
  readonly target: string
  readonly answer: Florence2Answer
}

/** Whether the model's own parser reads in a target what it was written for: the same labels at the same places. */
export function isReadBack({ task, target, answer }: WrittenTarget, size: ImageSize): boolean {
  return isDeepStrictEqual(partsOf(parseAnswer(task, target, size), size), partsOf(answer, size))
}

/** Labels with their places, part by part. */
function partsOf(answer: Florence2Answer, size: ImageSize): string[] {
  const outlines = (polygons: readonly (readonly number[])[]) =>
    polygons.map((outline) => pointLocations(outline, size)).join('|')
  switch (answer.kind) {
    case 'text':
      return [answer.text]
    case 'boxes':
      return answer.boxes.map(({ label, box }) => label + boxLocations(box, size))
    case 'quads':
      return answer.quads.map(({ label, quad }) => label + pointLocations(quad, size))
    case 'polygons':
      return answer.instances.map(({ label, polygons }) => label + outlines(polygons))
    case 'boxes_or_polygons':
      return [
        ...answer.boxes.map(({ label, box }) => label + boxLocations(box, size)),
        ...answer.instances.map(({ label, polygons }) => label + outlines(polygons)),
      ]
  }
}
