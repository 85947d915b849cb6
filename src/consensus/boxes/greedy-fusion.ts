import { copyBox, iouAt } from './detections.js'
import { labelRuns } from './label-runs.js'
import { type PlacedBoxes, placedBoxes } from './placed-boxes.js'

/** Boxes to be grouped, as columns. */
export interface FusionItems {
  /** x1 y1 x2 y2 each. */
  readonly boxes: Float64Array
  readonly labels: Int32Array
  /** Who comes first: a group is seeded by the strongest box that found none. */
  readonly priorities: Float64Array
  /** How much a box weighs in the mean of its group's coordinates. */
  readonly masses: Float64Array
}

export interface FusionOptions {
  /** A box joins the group of its label whose box overlaps it most, if the IoU is above this. */
  readonly iou: number
  /** Which items take part. */
  readonly use: (index: number) => boolean
  /** `mean`: a group's box is the mean of its members, moving as they join; `seed`: it stays the first member's box. */
  readonly box: 'mean' | 'seed'
}

export interface FusedGroups {
  readonly count: number
  readonly boxes: Float64Array
  /** Group of each item, -1 for those that took no part. */
  readonly groupOf: Int32Array
  /** First (strongest) item of each group. */
  readonly seeds: Int32Array
}

/**
 * Groups boxes of one label in one pass from the highest priority to the lowest: the clustering of weighted boxes
 * fusion (Solovyev et al., arXiv 1910.13302, section 3) with `box: 'mean'`, that of non-maximum weighted with `'seed'`.
 */
export function fuseGreedily(items: FusionItems, options: FusionOptions): FusedGroups {
  const runs = labelRuns(items, options.use)
  const most = runs.reduce((count, run) => count + run.length, 0)
  const groups = {
    count: 0,
    boxes: new Float64Array(most * 4),
    groupOf: new Int32Array(items.labels.length).fill(-1),
    seeds: new Int32Array(most),
  }
  const masses = new Float64Array(most)
  const placed = placedBoxes({ column: groups.boxes, capacity: most, iou: options.iou })
  for (const members of runs) {
    placed.begin(members, items.boxes, groups.count)
    for (const item of members) {
      const mass = items.masses[item] ?? 0
      const found = bestGroup(placed, groups.boxes, items.boxes, item, options.iou)
      const group = found < 0 ? groups.count++ : found
      groups.groupOf[item] = group
      if (found < 0) {
        groups.seeds[group] = item
        masses[group] = mass
        copyBox(items.boxes, item, groups.boxes, group)
      } else if (options.box === 'mean') {
        masses[group] = moveTowards(groups.boxes, group, masses[group] ?? 0, items.boxes, item, mass)
      } else continue
      placed.place(group)
    }
  }
  return { ...groups, boxes: groups.boxes.slice(0, groups.count * 4), seeds: groups.seeds.slice(0, groups.count) }
}

/** The group that overlaps the item most, above the IoU; of equal ones the first. -1 when there is none. */
function bestGroup(
  placed: PlacedBoxes,
  groupBoxes: Float64Array,
  boxes: Float64Array,
  item: number,
  iou: number,
): number {
  let best = -1
  let bestIou = iou
  const count = placed.near(boxes, item)
  for (let at = 0; at < count; at++) {
    const group = placed.found[at] ?? 0
    const overlap = iouAt(groupBoxes, group, boxes, item)
    if (overlap > bestIou || (overlap === bestIou && group < best)) {
      bestIou = overlap
      best = group
    }
  }
  return best
}

/** Moves a group's box to the mean that includes one more member; gives the group's new mass. */
function moveTowards(
  groupBoxes: Float64Array,
  group: number,
  groupMass: number,
  boxes: Float64Array,
  item: number,
  mass: number,
): number {
  const total = groupMass + mass
  if (total <= 0) return total
  for (let side = 0; side < 4; side++) {
    const at = group * 4 + side
    groupBoxes[at] = ((groupBoxes[at] ?? 0) * groupMass + (boxes[item * 4 + side] ?? 0) * mass) / total
  }
  return total
}
