import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ReportSection } from './document.js'
import { addValue, type Histogram, newHistogram } from './histogram.js'
import type { Gatherer } from './report-shards.js'

/** Cells of the heatmap along each side of the image. */
const cells = 20

/**
 * Figure 5 of arXiv 2311.06242 for one annotation type of a run: where its boxes lie and what shape they have. Each row
 * counts, so a box with two phrases counts twice among the triplets. The paper prints pictures and no numbers: bins and
 * the base of the logarithm are ours.
 */
export interface SpatialCoverage {
  readonly type: 'region_text' | 'phrase_region'
  readonly boxes: number
  /** Square root of the box's share of the image's area: 0-1. */
  readonly size: Histogram
  /** Natural logarithm of width / height in pixels: 0 is a square, ln 2 = .69 twice as wide as high. */
  readonly aspect: Histogram
  /** Box centres on a grid of `grid` x `grid` cells over the image, rows from the top. */
  readonly grid: number
  readonly centres: readonly number[]
}

interface Boxed {
  readonly image_id: string
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Adds up figure 5. Throws FldError `store_corrupt` at a box of an image that its shard does not have. */
export function gatherCoverage(): Gatherer<readonly SpatialCoverage[]> {
  const coverages = [newCoverage('region_text'), newCoverage('phrase_region')]
  return {
    add: ({ commit, images, annotations }) => {
      const byId = new Map(images.map((image) => [image.image_id, image]))
      for (const coverage of coverages) {
        for (const row of annotations[coverage.type]) {
          const image = byId.get(row.image_id)
          if (image === undefined) throw unknownImage(row.image_id, commit.shard)
          addBox(coverage, row, image)
        }
      }
    },
    figures: () => coverages,
  }
}

function unknownImage(image_id: string, shard: string): FldError {
  return new FldError('store_corrupt', `a row of shard ${shard} is of image ${image_id}, which the shard does not have`)
}

type Coverage = SpatialCoverage & { boxes: number; readonly centres: number[] }

function newCoverage(type: SpatialCoverage['type']): Coverage {
  return {
    type,
    boxes: 0,
    size: newHistogram(0, 1, 20),
    aspect: newHistogram(-3, 3, 24),
    grid: cells,
    centres: new Array<number>(cells * cells).fill(0),
  }
}

function addBox(coverage: Coverage, { x1, y1, x2, y2 }: Boxed, { width, height }: ImageRecord): void {
  coverage.boxes += 1
  addValue(coverage.size, Math.sqrt(((x2 - x1) * (y2 - y1)) / (width * height)))
  addValue(coverage.aspect, Math.log((x2 - x1) / (y2 - y1)))
  const cell = cellOf((y1 + y2) / 2 / height) * cells + cellOf((x1 + x2) / 2 / width)
  coverage.centres[cell] = (coverage.centres[cell] ?? 0) + 1
}

function cellOf(share: number): number {
  return Math.min(cells - 1, Math.max(0, Math.floor(share * cells)))
}

/** Figure 5 as plots. */
export function coverageSection(coverages: readonly SpatialCoverage[]): ReportSection {
  const there = coverages.filter(({ boxes }) => boxes > 0)
  const series = (histogram: 'size' | 'aspect') =>
    there.map((coverage) => ({ name: typeName(coverage), histogram: coverage[histogram] }))
  const absent = coverages.filter(({ boxes }) => boxes === 0).map((coverage) => `There are no ${typeName(coverage)}.`)
  return {
    title: 'Where boxes lie (figure 5 of the Florence-2 paper)',
    paragraphs: [
      'Shares of all boxes of a type. The paper prints this figure without numbers: compare by eye with arXiv 2311.06242.',
      ...absent,
    ],
    tables: [],
    plots:
      there.length === 0
        ? []
        : [
            {
              kind: 'distribution',
              title: 'Size of boxes',
              axis: 'square root of the share of the image',
              series: series('size'),
            },
            {
              kind: 'distribution',
              title: 'Aspect ratio of boxes',
              axis: 'ln (width / height)',
              series: series('aspect'),
            },
            ...there.map((coverage) => ({
              kind: 'heatmap' as const,
              title: `Centres of ${typeName(coverage)}`,
              size: coverage.grid,
              counts: coverage.centres,
            })),
          ],
  }
}

function typeName({ type }: SpatialCoverage): string {
  return type === 'region_text' ? 'region-text pairs' : 'text-phrase-region triplets'
}
