import type { Box } from '../../../schemas/geometry.js'
import { compareBoxes } from '../source.js'

/**
 * Items in reading order: lines from top to bottom, each from left to right. An item is on the line above it when their
 * centres lie within half of the smaller height of each other.
 */
export function inReadingOrder<Item extends { readonly box: Box }>(items: readonly Item[]): Item[] {
  const lines: Item[][] = []
  const topDown = [...items].sort((a, b) => centre(a.box) - centre(b.box) || compareBoxes(a.box, b.box))
  for (const item of topDown) {
    const line = lines.at(-1)
    const first = line?.[0]
    if (line !== undefined && first !== undefined && onSameLine(first.box, item.box)) line.push(item)
    else lines.push([item])
  }
  return lines.flatMap((line) => line.sort((a, b) => compareBoxes(a.box, b.box)))
}

function onSameLine(a: Box, b: Box): boolean {
  return centre(b) - centre(a) <= Math.min(a[3] - a[1], b[3] - b[1]) / 2
}

function centre(box: Box): number {
  return (box[1] + box[3]) / 2
}
