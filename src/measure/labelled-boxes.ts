import type { Box, BoxSize } from '../../schemas/geometry.js'
import { wider } from '../../schemas/vocabularies/index.js'

/** A true box. */
export interface TrueBox {
  readonly image: string
  readonly label: string
  /** In pixels of the original image. */
  readonly box: Box
  /** One box around many (COCO's `iscrowd`): any number of detections may lie in it, and none of them counts. */
  readonly is_group: boolean
  /** Square pixels of the object, where they are known better than by its box: COCO's is that of the mask. */
  readonly area?: number
}

/** A box that is held against the truth. */
export interface Detection {
  readonly image: string
  readonly label: string
  /** In pixels of the original image. */
  readonly box: Box
  /** 0-1: only the order counts, except for the calibration error. */
  readonly score: number
}

/** What is known of some images. */
export interface Truth {
  /** All images that were labelled, also those in which nothing was found. Of equal scores the earlier image's comes first. */
  readonly images: readonly string[]
  /**
   * Canonical labels that were looked for. A detection counts under its `truthLabel`; one whose labels were all not looked
   * for is not counted: nothing is known about it.
   */
  readonly labels: ReadonlySet<string>
  readonly boxes: readonly TrueBox[]
}

/**
 * Lowest and highest area in square pixels of what is measured together. As in COCO's evaluation both are included, so that
 * an area on the border belongs to two sizes; `sizeOfArea` gives each box one.
 */
export const areaRanges: Readonly<Record<BoxSize | 'all', readonly [lowest: number, highest: number]>> = {
  all: [0, 1e5 ** 2],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e5 ** 2],
}

/** Best boxes of an image, over all labels, that average precision is measured on: COCO's evaluation takes so many. */
export const bestPerImage = 100

/**
 * The label under which a truth knows what a detection says: its own, else the nearest wider one that was looked for (a man
 * is a hit on a person). Its own where the truth has none of them.
 */
export function truthLabel(label: string, truthLabels: { has(label: string): boolean }): string {
  if (truthLabels.has(label)) return label
  return wider(label).find((each) => truthLabels.has(each)) ?? label
}

/** The truth about some of its images. */
export function truthAbout(truth: Truth, images: readonly string[]): Truth {
  const chosen = new Set(images)
  return {
    images: truth.images.filter((image) => chosen.has(image)),
    labels: truth.labels,
    boxes: truth.boxes.filter(({ image }) => chosen.has(image)),
  }
}
