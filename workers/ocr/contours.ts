/** 8-bit map, row by row: non-zero is foreground. */
export interface BinaryMap {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** The eight neighbours, clockwise on the screen (y down) from the east. */
const stepX = [1, 1, 0, -1, -1, -1, 0, 1] as const
const stepY = [0, 1, 1, 1, 0, -1, -1, -1] as const
const east = 0
const west = 4

/** What border following knows of a foreground pixel; background is 0. */
const untouched = 1
const passed = 2
/** Passed by a border that saw the background to the east of it: no hole border starts here again. */
const passedEast = 3

/** The map with a frame of background, so that every neighbour exists. */
interface LabelMap {
  readonly stride: number
  readonly labels: Uint8Array
  /** Distance in `labels` to each of the eight neighbours. */
  readonly offsets: Int32Array
}

function framed(map: BinaryMap): LabelMap {
  const stride = map.width + 2
  const labels = new Uint8Array(stride * (map.height + 2))
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) {
      if (map.data[y * map.width + x]) labels[(y + 1) * stride + x + 1] = untouched
    }
  }
  return { stride, labels, offsets: Int32Array.from(stepX, (dx, direction) => dx + (stepY[direction] ?? 0) * stride) }
}

/** The first foreground neighbour clockwise from `from`; null around a lone pixel. */
function firstNeighbour({ labels, offsets }: LabelMap, at: number, from: number): number | null {
  for (let step = 0; step < 8; step++) {
    const direction = (from + step) & 7
    if (labels[at + (offsets[direction] ?? 0)]) return direction
  }
  return null
}

/** Follows the border through `start`, which has background at `from`, and marks it. Offsets into the labels, in order. */
function followBorder(map: LabelMap, start: number, from: number): number[] {
  const { labels, offsets } = map
  const first = firstNeighbour(map, start, from)
  if (first === null) {
    labels[start] = passedEast
    return [start]
  }
  const border: number[] = []
  const last = start + (offsets[first] ?? 0)
  let at = start
  let back = first
  for (;;) {
    let direction = back
    let sawEast = false
    for (;;) {
      direction = (direction + 7) & 7
      if (labels[at + (offsets[direction] ?? 0)]) break
      sawEast ||= direction === east
    }
    if (sawEast) labels[at] = passedEast
    else if (labels[at] === untouched) labels[at] = passed
    border.push(at)
    const next = at + (offsets[direction] ?? 0)
    if (next === start && at === last) return border
    at = next
    back = (direction + 4) & 7
  }
}

/**
 * The outer border of every 8-connected component, in the order in which a scan by rows meets them; components inside
 * the hole of another count as well. A border is x y pairs of its pixels, in turn. Hole borders are followed too,
 * since their marks keep the far side of a hole from being taken for a new component, but they are not returned.
 * At most `limit` borders. Source: Suzuki and Abe, Topological structural analysis of digitized binary images by border
 * following, CVGIP 30 (1985), algorithm 1.
 */
export function outerBorders(map: BinaryMap, limit = Number.POSITIVE_INFINITY): Int32Array[] {
  const labelled = framed(map)
  const { labels, stride } = labelled
  const borders: Int32Array[] = []
  for (let at = stride; at < labels.length - stride && borders.length < limit; at++) {
    const label = labels[at]
    if (!label) continue
    if (label === untouched && !labels[at - 1]) borders.push(toPoints(followBorder(labelled, at, west), stride))
    else if (label !== passedEast && !labels[at + 1]) followBorder(labelled, at, east)
  }
  return borders
}

function toPoints(border: readonly number[], stride: number): Int32Array {
  const points = new Int32Array(border.length * 2)
  for (const [index, at] of border.entries()) {
    points[index * 2] = (at % stride) - 1
    points[index * 2 + 1] = Math.floor(at / stride) - 1
  }
  return points
}
