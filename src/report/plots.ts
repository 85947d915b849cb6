import type { DistributionPlot, HeatmapPlot, ReportPlot } from './document.js'
import { escapeHtml } from './escape-html.js'
import type { Histogram } from './histogram.js'

/** The drawing area, in the units of the view box; the page scales it. */
const frame = { width: 480, height: 230, left: 44, right: 12, top: 34, bottom: 44 }
const inner = { width: frame.width - frame.left - frame.right, height: frame.height - frame.top - frame.bottom }

/** A plot as an SVG element without colours of its own: the page's style gives them to its classes, light and dark. */
export function plotSvg(plot: ReportPlot): string {
  return plot.kind === 'distribution' ? distributionSvg(plot) : heatmapSvg(plot)
}

function distributionSvg(plot: DistributionPlot): string {
  const [first] = plot.series
  if (first === undefined) return ''
  const { lowest, highest } = first.histogram
  const top = Math.max(...plot.series.flatMap(({ histogram }) => sharesOf(histogram)), 1e-9)
  const x = (value: number) => frame.left + ((value - lowest) / (highest - lowest)) * inner.width
  const y = (share: number) => frame.top + (1 - share / top) * inner.height
  const body = [
    ...plot.series.map(({ histogram }, index) => steps(histogram, index, x, y)),
    axes(plot.axis, { lowest, highest, top }, x),
    ...(plot.marks ?? []).map(({ name, value }, index) => mark(name, x(value), index)),
    ...(plot.series.length > 1 ? [legend(plot.series.map(({ name }) => name))] : []),
  ]
  return svg(frame.width, frame.height, describe(plot), body.join(''))
}

function describe({ title, axis, series }: DistributionPlot): string {
  return `${title}: distribution of ${axis} for ${series.map(({ name }) => name).join(' and ')}`
}

function sharesOf({ counts, total }: Histogram): number[] {
  return counts.map((count) => (total === 0 ? 0 : count / total))
}

/** The bins as steps, closed along the axis. */
function steps(
  histogram: Histogram,
  index: number,
  x: (value: number) => number,
  y: (share: number) => number,
): string {
  const { lowest, highest, counts } = histogram
  const width = (highest - lowest) / counts.length
  const path = sharesOf(histogram).map((share, bin) => `V${round(y(share))}H${round(x(lowest + width * (bin + 1)))}`)
  return `<path class="series-${index}" d="M${round(x(lowest))} ${round(y(0))}${path.join('')}V${round(y(0))}Z"/>`
}

function axes(
  name: string,
  range: { lowest: number; highest: number; top: number },
  x: (value: number) => number,
): string {
  const base = frame.top + inner.height
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => range.lowest + share * (range.highest - range.lowest))
  const labels = ticks.map((tick) => text(x(tick), base + 16, String(Number(tick.toFixed(3))), 'middle'))
  return [
    `<path class="axis" d="M${frame.left} ${frame.top}V${base}H${frame.width - frame.right}"/>`,
    ...labels,
    text(frame.left + inner.width / 2, frame.height - 8, name, 'middle'),
    text(frame.left - 5, frame.top + 8, `${(100 * range.top).toFixed(range.top < 0.1 ? 1 : 0)} %`, 'end'),
    text(frame.left - 5, base, '0', 'end'),
  ].join('')
}

/** Names of marks stand above the drawing, several below each other, inside the frame. */
function mark(name: string, at: number, index: number): string {
  const anchor = at < frame.width / 3 ? 'start' : at > (2 * frame.width) / 3 ? 'end' : 'middle'
  const label = text(at, frame.top - 6 - 14 * index, name, anchor)
  return `<path class="mark" d="M${round(at)} ${frame.top - 4}V${frame.top + inner.height}"/>${label}`
}

function legend(names: readonly string[]): string {
  const wide = inner.width / names.length
  return names
    .map((name, index) => {
      const x = frame.left + wide * index
      return `<rect class="series-${index}" x="${round(x)}" y="8" width="12" height="12"/>${text(x + 18, 18, name, 'start')}`
    })
    .join('')
}

/** Strongest where most centres lie; an empty cell is not drawn. */
function heatmapSvg({ title, size, counts }: HeatmapPlot): string {
  const cell = 12
  const edge = size * cell
  const most = Math.max(1, ...counts)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const cells = counts.flatMap((count, index) => {
    if (count === 0) return []
    const place = `x="${(index % size) * cell}" y="${Math.floor(index / size) * cell}" width="${cell}" height="${cell}"`
    return [`<rect class="heat" ${place} fill-opacity="${(count / most).toFixed(2)}"/>`]
  })
  const densest = total === 0 ? '' : `densest cell: ${((100 * most) / total).toFixed(1)} % of ${total}`
  const border = `<path class="axis" d="M0 0H${edge}V${edge}H0Z"/>`
  return svg(
    edge,
    edge + 20,
    `${title}, ${densest}`,
    `${cells.join('')}${border}${text(edge / 2, edge + 15, densest, 'middle')}`,
  )
}

function svg(width: number, height: number, label: string, body: string): string {
  const box = `viewBox="0 0 ${width} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="${escapeHtml(label)}">${body}</svg>`
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeHtml(words)}</text>`
}

function round(value: number): string {
  return String(Number(value.toFixed(1)))
}
