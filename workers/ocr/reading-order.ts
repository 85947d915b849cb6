import type { Quad } from '../../schemas/geometry.js'

/** A line of text as reading order sees it, in the page's own direction. */
interface PlacedLine {
  readonly index: number
  /** Of the centre. */
  readonly x: number
  readonly y: number
  /** Pixels across the line. */
  readonly height: number
}

/** The angle by which the text runs downwards, in radians: the median over the lines, weighted by their length. */
function commonSlant(quads: readonly Quad[]): number {
  const slants = quads.map(([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) => ({
    angle: Math.atan2(y2 - y1, x2 - x1),
    length: Math.hypot(x2 - x1, y2 - y1),
  }))
  slants.sort((a, b) => a.angle - b.angle)
  const half = slants.reduce((sum, slant) => sum + slant.length, 0) / 2
  let passed = 0
  for (const { angle, length } of slants) {
    passed += length
    if (passed >= half) return angle
  }
  return 0
}

function placed(quad: Quad, index: number, slant: number): PlacedLine {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0, x4 = 0, y4 = 0] = quad
  const [centreX, centreY] = [(x1 + x2 + x3 + x4) / 4, (y1 + y2 + y3 + y4) / 4]
  const [cos, sin] = [Math.cos(slant), Math.sin(slant)]
  return {
    index,
    x: centreX * cos + centreY * sin,
    y: centreY * cos - centreX * sin,
    height: (Math.hypot(x4 - x1, y4 - y1) + Math.hypot(x3 - x2, y3 - y2)) / 2,
  }
}

/**
 * The indices of lines of text (quads in pixels, clockwise from the top left) in reading order: rows from top to bottom,
 * each from left to right. The common slant of the text is taken out first; a line belongs to a row when their centres
 * are less than half of the smaller height apart. Columns are not told apart, as in PaddleOCR's sorted_boxes, whose fixed
 * 10 pixels this replaces.
 */
export function readingOrder(quads: readonly Quad[]): number[] {
  const slant = commonSlant(quads)
  const lines = quads.map((quad, index) => placed(quad, index, slant)).sort((a, b) => a.y - b.y || a.x - b.x)
  const rows: PlacedLine[][] = []
  for (const line of lines) {
    const row = rows.at(-1)
    const first = row?.[0]
    if (row && first && line.y - first.y < Math.min(line.height, first.height) / 2) row.push(line)
    else rows.push([line])
  }
  return rows.flatMap((row) => row.sort((a, b) => a.x - b.x).map((line) => line.index))
}
