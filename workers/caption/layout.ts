import type { Box } from '../../schemas/geometry.js'
import type { SceneObject } from './scene.js'

export type Relation = 'next to' | 'above' | 'on'

/** Things that others stand on, and things small enough to stand there: "on" is said of these pairs only. */
const surfaces = new Set('dining table|table|desk|bench|couch|sofa|bed|chair|counter|shelf|cabinet'.split('|'))
const portable = new Set(
  (
    'cup|bottle|wine glass|glass|fork|knife|spoon|bowl|plate|banana|apple|orange|sandwich|broccoli|carrot|hot dog|pizza|' +
    'donut|cake|laptop|mouse|remote|keyboard|cell phone|book|vase|scissors|teddy bear|cat|dog|backpack|handbag'
  ).split('|'),
)
const boards = new Set('skateboard|surfboard|snowboard'.split('|'))
const riders = new Set('person|man|woman|boy|girl|child|dog'.split('|'))

/** Where a box lies, as words that follow "is": "in the center", "on the left", "at the top", "in the bottom right". */
export function placeOf(box: Box, image: { width: number; height: number }): string {
  const column = third((box[0] + box[2]) / 2 / image.width)
  const row = third((box[1] + box[3]) / 2 / image.height)
  const vertical = ['top', 'middle', 'bottom'][row] ?? 'middle'
  const horizontal = ['left', 'center', 'right'][column] ?? 'center'
  if (row === 1 && column === 1) return 'in the center'
  if (row === 1) return `on the ${horizontal}`
  if (column === 1) return `at the ${vertical}`
  return `in the ${vertical} ${horizontal}`
}

/** Large and reaching the lower edge: in the foreground, wherever its middle lies. */
export function isForeground(object: SceneObject, image: { height: number }): boolean {
  return object.area >= 0.15 && object.region.box[3] >= 0.95 * image.height
}

/**
 * What one object is to another, from their boxes alone; null unless the boxes leave little doubt. Depth cannot be
 * seen in boxes, so "in front of" and "behind" are never said, and "on" only of pairs that usually stand so.
 */
export function relationOf(one: SceneObject, other: SceneObject): Relation | null {
  if (isOn(one, other)) return 'on'
  const [a, b] = [one.region.box, other.region.box]
  const ratio = one.area / other.area
  if (ratio < 0.2 || ratio > 5) return null
  if (isBeside(a, b)) return 'next to'
  return !riders.has(one.noun) && isAbove(a, b) ? 'above' : null
}

function isOn(one: SceneObject, other: SceneObject): boolean {
  const [a, b] = [one.region.box, other.region.box]
  const x = (a[0] + a[2]) / 2
  if (x < b[0] || x > b[2]) return false
  if (boards.has(other.noun) && riders.has(one.noun)) {
    const feet = a[3] >= b[1] - 0.25 * (b[3] - b[1]) && a[3] <= b[3]
    return feet && b[1] > (a[1] + a[3]) / 2 && overlap(a[0], a[2], b[0], b[2]) >= 0.5 * (b[2] - b[0])
  }
  if (!surfaces.has(other.noun) || !portable.has(one.noun) || one.area > 0.5 * other.area) return false
  const inside = overlap(a[0], a[2], b[0], b[2]) / (a[2] - a[0])
  return inside >= 0.9 && a[3] > b[1] && a[3] < b[1] + 0.85 * (b[3] - b[1])
}

/** At one height, and apart by no more than half the narrower one. */
function isBeside(a: Box, b: Box): boolean {
  const height = Math.min(a[3] - a[1], b[3] - b[1])
  const width = Math.min(a[2] - a[0], b[2] - b[0])
  const gap = Math.max(a[0], b[0]) - Math.min(a[2], b[2])
  return overlap(a[1], a[3], b[1], b[3]) >= 0.6 * height && gap >= -0.1 * width && gap <= 0.5 * width
}

/** Over it, and apart by no more than half the lower one's height. */
function isAbove(a: Box, b: Box): boolean {
  const width = Math.min(a[2] - a[0], b[2] - b[0])
  const height = Math.min(a[3] - a[1], b[3] - b[1])
  const gap = b[1] - a[3]
  return overlap(a[0], a[2], b[0], b[2]) >= 0.6 * width && gap >= 0 && gap <= 0.5 * height
}

/** Length that two stretches share. */
function overlap(start: number, end: number, otherStart: number, otherEnd: number): number {
  return Math.max(0, Math.min(end, otherEnd) - Math.max(start, otherStart))
}

function third(share: number): 0 | 1 | 2 {
  if (share < 1 / 3) return 0
  return share > 2 / 3 ? 2 : 1
}
