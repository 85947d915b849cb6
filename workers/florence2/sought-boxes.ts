import type { LabelledBox, LabelledPolygons } from '../../schemas/florence2/answer.js'
import type { GeneratedAnswer } from './florence2.js'
import { boxAround } from './place-in-image.js'

/** The boxes of an open vocabulary answer, those around its polygons included. */
export function soughtBoxes({ answer }: GeneratedAnswer): LabelledBox[] {
  if (answer.kind !== 'boxes_or_polygons') return []
  return [...answer.boxes, ...boxesOfPolygons(answer.instances)]
}

/** Instances of polygons as boxes around all their points. */
function boxesOfPolygons(instances: readonly LabelledPolygons[]): LabelledBox[] {
  return instances.flatMap(({ label, polygons, locations }) => {
    const points = polygons.flat()
    return points.length < 2 ? [] : [{ label, box: boxAround(points), locations }]
  })
}
