import type { Florence2Answer } from '../../schemas/florence2/answer.js'
import type { Florence2Task } from '../../schemas/florence2/tasks.js'

/** An answer in the shape of Hugging Face's `post_process_generation`, coordinates cut to whole pixels as it has them. */
export function referenceAnswer(task: Florence2Task, answer: Florence2Answer): unknown {
  switch (answer.kind) {
    case 'text':
      return answer.text
    case 'boxes':
      return { bboxes: answer.boxes.map(({ box }) => whole(box)), labels: answer.boxes.map(({ label }) => label) }
    case 'quads':
      return { quad_boxes: answer.quads.map(({ quad }) => whole(quad)), labels: answer.quads.map(({ label }) => label) }
    case 'polygons':
      return {
        polygons: answer.instances.map(({ polygons }) => polygons.map(whole)),
        labels: answer.instances.map(({ label }) => label),
      }
    case 'boxes_or_polygons':
      if (task !== 'OPEN_VOCABULARY_DETECTION') throw new RangeError(`${task} answers in boxes or polygons`)
      return {
        bboxes: answer.boxes.map(({ box }) => whole(box)),
        bboxes_labels: answer.boxes.map(({ label }) => label),
        polygons: answer.instances.map(({ polygons }) => polygons.map(whole)),
        polygons_labels: answer.instances.map(({ label }) => label),
      }
  }
}

function whole(coordinates: readonly number[]): number[] {
  return coordinates.map(Math.trunc)
}
