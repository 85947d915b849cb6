import type { Florence2Answer } from './answer.js'

/**
 * An answer as Hugging Face's `post_process_generation` returns it under the task's name: a text, {bboxes, labels},
 * {quad_boxes, labels}, {polygons, labels} or {bboxes, bboxes_labels, polygons, polygons_labels}. Coordinates are pixels
 * with their fractions, which that code cuts off.
 */
export function referenceShape(answer: Florence2Answer): unknown {
  switch (answer.kind) {
    case 'text':
      return answer.text
    case 'boxes':
      return { bboxes: answer.boxes.map(({ box }) => box), labels: answer.boxes.map(({ label }) => label) }
    case 'quads':
      return { quad_boxes: answer.quads.map(({ quad }) => quad), labels: answer.quads.map(({ label }) => label) }
    case 'polygons':
      return {
        polygons: answer.instances.map(({ polygons }) => polygons),
        labels: answer.instances.map(({ label }) => label),
      }
    case 'boxes_or_polygons':
      return {
        bboxes: answer.boxes.map(({ box }) => box),
        bboxes_labels: answer.boxes.map(({ label }) => label),
        polygons: answer.instances.map(({ polygons }) => polygons),
        polygons_labels: answer.instances.map(({ label }) => label),
      }
  }
}
