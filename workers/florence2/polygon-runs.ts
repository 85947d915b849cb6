import type { ImageSize } from '../../schemas/florence2/quantizer.js'

/** COCO draws outlines on a grid this much finer than the pixels. */
const scale = 5

/**
 * The run lengths of all pixels that any of the polygons holds, in COCO's order: column by column, background first. Each
 * polygon (x y pairs in pixels, closed by itself) is filled by the even-odd rule exactly as COCO fills it, and they are
 * joined as COCO joins the polygons of one instance. Source: pycocotools, common/maskApi.c, rleFrPoly and rleMerge.
 */
export function polygonRuns(polygons: readonly (readonly number[])[], size: ImageSize): number[] {
  const filled = polygons.flatMap((polygon) => filledStretches(polygon, size)).sort((a, b) => a[0] - b[0])
  const runs: number[] = []
  let at = 0
  for (const [start, end] of joined(filled)) {
    runs.push(start - at, end - start)
    at = end
  }
  const rest = size.width * size.height - at
  return rest > 0 || runs.length === 0 ? [...runs, rest] : runs
}

type Stretch = readonly [start: number, end: number]

/** Stretches that overlap or touch as one; they come by their start. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const apart: Stretch[] = []
  for (const next of stretches) {
    const last = apart.at(-1)
    if (last === undefined || next[0] > last[1]) apart.push(next)
    else if (next[1] > last[1]) apart[apart.length - 1] = [last[0], next[1]]
  }
  return apart
}

/** The pixels inside, as stretches of the image column by column: from each crossing of the outline to the next. */
function filledStretches(polygon: readonly number[], size: ImageSize): Stretch[] {
  const crossings = outlineCrossings(polygon, size).sort((a, b) => a - b)
  const stretches: Stretch[] = []
  for (let i = 0; i < crossings.length; i += 2) {
    const [start = 0, end = size.width * size.height] = crossings.slice(i, i + 2)
    if (end > start) stretches.push([start, end])
  }
  return stretches
}

/** Where the outline crosses the middle of a column of pixels: the first pixel below the crossing, counted column by column. */
function outlineCrossings(polygon: readonly number[], { width, height }: ImageSize): number[] {
  const corners = fineCorners(polygon)
  const crossings: number[] = []
  let before: readonly [x: number, y: number] | null = null
  for (const [index, from] of corners.entries()) {
    for (const point of finePoints(from, corners[(index + 1) % corners.length] ?? from)) {
      if (before !== null && point[0] !== before[0]) {
        const column = (Math.min(point[0], before[0]) + 0.5) / scale - 0.5
        const row = (Math.min(point[1], before[1]) + 0.5) / scale - 0.5
        if (Number.isInteger(column) && column >= 0 && column <= width - 1) {
          crossings.push(column * height + Math.ceil(Math.min(height, Math.max(0, row))))
        }
      }
      before = point
    }
  }
  return crossings
}

function fineCorners(polygon: readonly number[]): [number, number][] {
  return Array.from({ length: Math.floor(polygon.length / 2) }, (_, at) => [
    Math.trunc(scale * (polygon[at * 2] ?? 0) + 0.5),
    Math.trunc(scale * (polygon[at * 2 + 1] ?? 0) + 0.5),
  ])
}

/** The points of a line on the fine grid, both ends included; the same ones whichever end it begins with. */
function* finePoints(
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): Generator<readonly [x: number, y: number]> {
  const [across, down] = [Math.abs(toX - fromX), Math.abs(toY - fromY)]
  const flat = across >= down
  const flipped = flat ? fromX > toX : fromY > toY
  const [startX, startY, endX, endY] = flipped ? [toX, toY, fromX, fromY] : [fromX, fromY, toX, toY]
  const steps = Math.max(across, down)
  const slope = steps === 0 ? 0 : flat ? (endY - startY) / across : (endX - startX) / down
  for (let step = 0; step <= steps; step++) {
    const along = flipped ? steps - step : step
    if (flat) yield [startX + along, Math.trunc(startY + slope * along + 0.5)]
    else yield [Math.trunc(startX + slope * along + 0.5), startY + along]
  }
}
