import type { Histogram } from './histogram.js'

/** A cell: words or a formatted figure, or both beside FLD-5B's. Null is a figure that there is none of. */
export type Cell = string | null | { readonly value: string | null; readonly beside: string | null }

export interface ReportTable {
  readonly title: string
  readonly columns: readonly string[]
  /** The first cell of a row names it; the others are figures, to the right, unless `words` lists their column. */
  readonly rows: readonly (readonly Cell[])[]
  /** Columns that hold words, by their place. */
  readonly words?: readonly number[]
  /** What the columns are, and what they are not. */
  readonly notes?: readonly string[]
}

/** Distributions over the same bins, as shares of each series' total. */
export interface DistributionPlot {
  readonly kind: 'distribution'
  readonly title: string
  readonly axis: string
  readonly series: readonly { readonly name: string; readonly histogram: Histogram }[]
  /** Values that are marked on the axis, such as a threshold. */
  readonly marks?: readonly { readonly name: string; readonly value: number }[]
}

/** Counts over the image: `size` x `size` cells, rows from the top. */
export interface HeatmapPlot {
  readonly kind: 'heatmap'
  readonly title: string
  readonly size: number
  readonly counts: readonly number[]
}

export type ReportPlot = DistributionPlot | HeatmapPlot

/** One part of a report, the same for every form it is written in. */
export interface ReportSection {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly tables: readonly ReportTable[]
  readonly plots: readonly ReportPlot[]
}

/** A whole number with separators: 12,345. Null stays null. */
export function whole(value: number | null): string | null {
  return value === null ? null : Math.round(value).toLocaleString('en-US')
}

/** A figure with two decimals. Null stays null. */
export function decimal(value: number | null, digits = 2): string | null {
  return value === null ? null : value.toFixed(digits)
}

/** A part of a whole in percent; null where the whole is nothing. */
export function percent(part: number, all: number): string | null {
  return all === 0 ? null : `${((100 * part) / all).toFixed(1)} %`
}

/** 235000000 as 235 M: how the paper writes counts. */
export function inMillions(value: number | null): string | null {
  return value === null ? null : `${whole(value / 1e6)} M`
}

/** sum / count; null where there is nothing. */
export function ratio(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count
}

/** Bytes as 12.3 MB (powers of ten). */
export function byteText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
