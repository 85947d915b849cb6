/** For each position of a resized axis: the two source positions it lies between and their weights in 1/2048. */
export interface AxisTable {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly firstWeight: Int32Array
  readonly secondWeight: Int32Array
  /** The weights of rows: OpenCV leaves them fractional beyond the edge, where both rows are the same. */
  readonly edgeFirstWeight: Int32Array
  readonly edgeSecondWeight: Int32Array
}

const one = 2048
const tables = new Map<string, AxisTable>()
/** Photographs come in a few sizes and models want a few more; what lies beyond that starts over. */
const maxTables = 512

/** The table of an axis resized from `from` to `to` pixels; kept, since the same sizes come again. */
export function axisTable(from: number, to: number): AxisTable {
  const key = `${from}>${to}`
  const known = tables.get(key)
  if (known !== undefined) return known
  if (tables.size >= maxTables) tables.clear()
  const made = makeAxisTable(from, to)
  tables.set(key, made)
  return made
}

/** Positions and weights in single precision and rounded half to even, as OpenCV computes them. */
function makeAxisTable(from: number, to: number): AxisTable {
  const table = {
    first: new Int32Array(to),
    second: new Int32Array(to),
    firstWeight: new Int32Array(to),
    secondWeight: new Int32Array(to),
    edgeFirstWeight: new Int32Array(to),
    edgeSecondWeight: new Int32Array(to),
  }
  const scale = 1 / (to / from)
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5)
    const floor = Math.floor(position)
    const fraction = Math.fround(position - floor)
    const weights = [roundHalfEven(Math.fround(1 - fraction) * one), roundHalfEven(fraction * one)] as const
    const inside = floor >= 0 && floor < from - 1
    table.first[i] = clamp(floor, from)
    table.second[i] = clamp(floor + 1, from)
    table.firstWeight[i] = inside ? weights[0] : one
    table.secondWeight[i] = inside ? weights[1] : 0
    table.edgeFirstWeight[i] = weights[0]
    table.edgeSecondWeight[i] = weights[1]
  }
  return table
}

function clamp(position: number, length: number): number {
  return Math.max(0, Math.min(length - 1, position))
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor
  return floor % 2 === 0 ? floor : floor + 1
}

/** Scales the row of RGB pixels that starts at `start` to the table's length; values are in 1/2048. */
export function scaleRow(pixels: Uint8Array, start: number, columns: AxisTable, out: Int32Array): void {
  const { first, second, firstWeight, secondWeight } = columns
  for (let x = 0, at = 0; x < first.length; x++, at += 3) {
    const left = start + (first[x] ?? 0) * 3
    const right = start + (second[x] ?? 0) * 3
    const a = firstWeight[x] ?? 0
    const b = secondWeight[x] ?? 0
    out[at] = (pixels[left] ?? 0) * a + (pixels[right] ?? 0) * b
    out[at + 1] = (pixels[left + 1] ?? 0) * a + (pixels[right + 1] ?? 0) * b
    out[at + 2] = (pixels[left + 2] ?? 0) * a + (pixels[right + 2] ?? 0) * b
  }
}

/** Blends two scaled rows into bytes, with OpenCV's intermediate shifts (they drop bits, and its answer with them). */
export function blendRows(upper: Int32Array, lower: Int32Array, a: number, b: number, out: Uint8Array): void {
  for (let i = 0; i < out.length; i++) {
    const above = (a * ((upper[i] ?? 0) >> 4)) >> 16
    const below = (b * ((lower[i] ?? 0) >> 4)) >> 16
    out[i] = (above + below + 2) >> 2
  }
}
