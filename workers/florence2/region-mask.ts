import type { LabelledPolygons } from '../../schemas/florence2/answer.js'
import type { ImageSize } from '../../schemas/florence2/quantizer.js'
import { compressRuns } from '../../schemas/mask-rle.js'
import type { MaskObservation } from '../../schemas/observation.js'
import { locationScore } from './answer-scores.js'
import type { GeneratedAnswer } from './florence2.js'
import { polygonRuns } from './polygon-runs.js'

/**
 * The mask that an answer draws of a region: all its polygons together, whatever instances they were said to be of, as the
 * model said them but clipped to the image and turned clockwise (it has no way to say a hole). Null where no polygon holds
 * a pixel. Its score is that of all locations; it has no stability.
 */
export function regionMask(
  region_id: string,
  { generated, instances }: { readonly generated: GeneratedAnswer; readonly instances: readonly LabelledPolygons[] },
  size: ImageSize,
): MaskObservation | null {
  const rings = instances.flatMap(({ polygons }) => polygons.flatMap((polygon) => clockwiseRings(polygon, size)))
  const runs = polygonRuns(rings, size)
  // One run is background.
  if (runs.length < 2) return null
  return {
    kind: 'mask',
    region_id,
    score: instancesScore(generated, instances),
    stability: null,
    polygon_points: rings.flat(),
    polygon_rings: ringStarts(rings),
    rle: compressRuns(runs),
  }
}

/** The mean of the log-probabilities of all locations, as `locationScore` has it of one instance. */
function instancesScore(generated: GeneratedAnswer, instances: readonly LabelledPolygons[]): number {
  const said = instances.filter(({ locations }) => locations.count > 0)
  const count = said.reduce((sum, { locations }) => sum + locations.count, 0)
  const logs = said.map(({ locations }) => locations.count * Math.log(locationScore(generated, locations)))
  return count === 0 ? 0 : Math.min(1, Math.exp(logs.reduce((sum, each) => sum + each, 0) / count))
}

/** A polygon as a ring inside the image, clockwise as seen with y down; none where it has no area. */
function clockwiseRings(polygon: readonly number[], { width, height }: ImageSize): number[][] {
  const points = Array.from({ length: Math.floor(polygon.length / 2) }, (_, at): [number, number] => [
    Math.min(width, Math.max(0, polygon[at * 2] ?? 0)),
    Math.min(height, Math.max(0, polygon[at * 2 + 1] ?? 0)),
  ])
  const area = signedArea(points)
  if (points.length < 3 || area === 0) return []
  return [(area > 0 ? points : points.reverse()).flat()]
}

/** By the shoelace formula: positive where the points run clockwise as seen with y down. */
function signedArea(points: readonly (readonly [number, number])[]): number {
  let twice = 0
  let [x, y] = points.at(-1) ?? [0, 0]
  for (const [nextX, nextY] of points) {
    twice += x * nextY - nextX * y
    ;[x, y] = [nextX, nextY]
  }
  return twice / 2
}

function ringStarts(rings: readonly (readonly number[])[]): number[] {
  let points = 0
  return rings.map((ring) => {
    const start = points
    points += ring.length / 2
    return start
  })
}
