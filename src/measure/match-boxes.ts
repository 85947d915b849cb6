import { type Box, type BoxSize, boxArea } from '../../schemas/geometry.js'
import { areaRanges, type Detection, type TrueBox, type Truth, truthLabel } from './labelled-boxes.js'

/** How a detection fared. */
export const outcomes = { miss: 0, hit: 1, ignored: 2 } as const

/** True and detected boxes of one label in one image. */
export interface Place {
  readonly label: string
  readonly boxes: readonly TrueBox[]
  /** Indices of the detections, best first. */
  readonly found: readonly number[]
  readonly scores: readonly number[]
  readonly areas: readonly number[]
  /** IoU of detection d and true box t at d * boxes.length + t; of a group the share of the detection that lies in it. */
  readonly overlaps: Float64Array
}

/** Detections that count of one image and label, as COCO's evaluation has it. */
const mostPerPlace = 100

/** Brings together what can match: by image in the truth's order, then by label, detections under their `truthLabel`. */
export function placesOf(truth: Truth, detections: readonly Detection[]): Place[] {
  const slots = new Map(truth.images.map((image) => [image, new Map<string, { boxes: TrueBox[]; found: number[] }>()]))
  const slotOf = (image: string, label: string) => {
    const labels = slots.get(image)
    if (labels === undefined || !truth.labels.has(label)) return undefined
    const slot = labels.get(label) ?? { boxes: [], found: [] }
    labels.set(label, slot)
    return slot
  }
  for (const box of truth.boxes) slotOf(box.image, box.label)?.boxes.push(box)
  for (const [index, { image, label }] of detections.entries()) {
    slotOf(image, truthLabel(label, truth.labels))?.found.push(index)
  }
  return [...slots.values()].flatMap((labels) =>
    [...labels].map(([label, { boxes, found }]) => placeOf(label, boxes, found, detections)),
  )
}

function placeOf(label: string, boxes: TrueBox[], found: number[], detections: readonly Detection[]): Place {
  const scoreOf = (index: number) => detections[index]?.score ?? 0
  const best = found.sort((a, b) => scoreOf(b) - scoreOf(a) || a - b).slice(0, mostPerPlace)
  const here = best.flatMap((index) => detections[index] ?? [])
  return {
    label,
    boxes,
    found: best,
    scores: here.map(({ score }) => score),
    areas: here.map(({ box }) => boxArea(box)),
    overlaps: Float64Array.from(here.flatMap(({ box }) => boxes.map((each) => overlapWith(each, box)))),
  }
}

function overlapWith(truth: TrueBox, box: Box): number {
  const width = Math.min(truth.box[2], box[2]) - Math.max(truth.box[0], box[0])
  const height = Math.min(truth.box[3], box[3]) - Math.max(truth.box[1], box[1])
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (truth.is_group ? boxArea(box) : boxArea(box) + boxArea(truth.box) - shared)
}

/** The outcome of each detection of a place in its order, and how many true boxes were to be found. */
export interface MatchedPlace {
  readonly outcomes: Uint8Array
  readonly boxes: number
}

/**
 * Matches as pycocotools' `COCOeval.evaluateImg`: from the best detection down, each takes the free true box that it
 * overlaps most, at or above the IoU; true boxes that do not count (groups, other sizes) only where no other is left. What
 * matches one of those is ignored, and so is what matches nothing and is of another size itself.
 */
export function matchPlace(place: Place, { iou, size }: { iou: number; size: BoxSize | 'all' }): MatchedPlace {
  const [lowest, highest] = areaRanges[size]
  const outside = (area: number) => area < lowest || area > highest
  const ignored = place.boxes.map((each) => each.is_group || outside(each.area ?? boxArea(each.box)))
  const order = [...ignored.keys()].sort((a, b) => Number(ignored[a]) - Number(ignored[b]) || a - b)
  const taken = new Set<number>()
  const result = place.found.map((_, at) => {
    const match = bestMatch(place, at, { order, ignored, taken, iou })
    if (match < 0) return outside(place.areas[at] ?? 0) ? outcomes.ignored : outcomes.miss
    taken.add(match)
    return ignored[match] ? outcomes.ignored : outcomes.hit
  })
  return { outcomes: Uint8Array.from(result), boxes: ignored.filter((each) => !each).length }
}

interface OpenBoxes {
  /** True boxes, those that count first. */
  readonly order: readonly number[]
  readonly ignored: readonly boolean[]
  readonly taken: ReadonlySet<number>
  readonly iou: number
}

/** The true box that a detection takes; -1 when there is none. Of equal overlaps the later, as in the reference. */
function bestMatch({ boxes, overlaps }: Place, at: number, { order, ignored, taken, iou }: OpenBoxes): number {
  let best = -1
  let highest = Math.min(iou, 1 - 1e-10)
  for (const index of order) {
    if (taken.has(index) && !boxes[index]?.is_group) continue
    if (best >= 0 && !ignored[best] && ignored[index]) break
    const overlap = overlaps[at * boxes.length + index] ?? 0
    if (overlap < highest) continue
    highest = overlap
    best = index
  }
  return best
}
