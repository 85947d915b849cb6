import type { MaskColumns, PhraseRegionRow, RegionTextRow } from '../../../schemas/annotation.js'
import type { Florence2Answer } from '../../../schemas/florence2/answer.js'
import { type ImageSize, quantize } from '../../../schemas/florence2/quantizer.js'
import type { Box, Quad } from '../../../schemas/geometry.js'
import type { DraftItem } from './sample-draft.js'

export interface BoxItem extends DraftItem {
  readonly box: Box
}

export interface QuadItem extends DraftItem {
  readonly quad: Quad
}

export interface OutlinesItem extends DraftItem {
  readonly polygons: readonly (readonly number[])[]
}

/** Where an answer's tokens stand is known of generated ones only. */
const locations = { first: 0, count: 0 }

export function boxesAnswer(items: readonly BoxItem[]): Florence2Answer {
  return { kind: 'boxes', boxes: items.map(({ label, box }) => ({ label, box, locations })) }
}

export function vocabularyAnswer(items: readonly BoxItem[]): Florence2Answer {
  return { kind: 'boxes_or_polygons', boxes: items.map(({ label, box }) => ({ label, box, locations })), instances: [] }
}

export function quadsAnswer(items: readonly QuadItem[]): Florence2Answer {
  return { kind: 'quads', quads: items.map(({ label, quad }) => ({ label, quad, locations })) }
}

export function outlinesAnswer(items: readonly OutlinesItem[]): Florence2Answer {
  return { kind: 'polygons', instances: items.map(({ polygons }) => ({ label: '', polygons, locations })) }
}

export function linesAnswer(items: readonly DraftItem[]): Florence2Answer {
  return { kind: 'text', text: items.map(({ label }) => label).join('\n') }
}

export function boxOf({ x1, y1, x2, y2 }: RegionTextRow | PhraseRegionRow): Box {
  return [x1, y1, x2, y2]
}

/** From the top, then from the left; by name where both are the same. */
export function inReadingOrder<Row extends RegionTextRow>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => a.y1 - b.y1 || a.x1 - b.x1 || (a.region_id < b.region_id ? -1 : 1))
}

/**
 * Lines of text as they are read: those whose middle is at the height of the first of a line belong to it, from the left.
 */
export function inLineOrder<Row extends RegionTextRow>(rows: readonly Row[]): Row[] {
  const lines: Row[][] = []
  for (const row of inReadingOrder(rows)) {
    const middle = (row.y1 + row.y2) / 2
    const line = lines.find(([first]) => first !== undefined && middle >= first.y1 && middle <= first.y2)
    if (line === undefined) lines.push([row])
    else line.push(row)
  }
  return lines.flatMap((line) => line.sort((a, b) => a.x1 - b.x1))
}

/** Those of one label beside each other, where the first of them stands: a label is written once for all its boxes. */
export function byLabel<Item extends DraftItem>(items: readonly Item[]): Item[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(item.label, [...(groups.get(item.label) ?? []), item])
  return [...groups.values()].flat()
}

/**
 * The outer outlines of a mask, x y pairs in pixels, without points that share a place with the one before; empty without a
 * mask. Holes are left out: the format has none.
 */
export function outlinesOf({ polygon_points: points, polygon_rings: rings }: MaskColumns, size: ImageSize): number[][] {
  if (points === null || rings === null) return []
  return rings
    .map((first, ring) => points.slice(2 * first, 2 * (rings[ring + 1] ?? points.length / 2)))
    .filter((outline) => signedArea(outline) > 0)
    .map((outline) => withoutRepeats(outline, size))
    .filter((outline) => outline.length >= fewestNumbers)
}

/** Three corners. */
const fewestNumbers = 6

/** Positive for a ring that runs clockwise as seen: y points down. Twice the area, in square pixels. */
function signedArea(outline: readonly number[]): number {
  let sum = 0
  for (let at = 0; at < outline.length; at += 2) {
    const [x1 = 0, y1 = 0] = [outline[at], outline[at + 1]]
    const [x2 = 0, y2 = 0] = [outline[(at + 2) % outline.length], outline[(at + 3) % outline.length]]
    sum += x1 * y2 - x2 * y1
  }
  return sum
}

function withoutRepeats(outline: readonly number[], { width, height }: ImageSize): number[] {
  const kept: number[] = []
  let before = ''
  for (let at = 0; at + 1 < outline.length; at += 2) {
    const [x = 0, y = 0] = [outline[at], outline[at + 1]]
    const place = `${quantize(x, width)} ${quantize(y, height)}`
    if (place !== before) kept.push(x, y)
    before = place
  }
  return kept
}
