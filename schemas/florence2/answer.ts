import type { Box, Quad } from '../geometry.js'

/**
 * Which location tokens a part of an answer was made of: ordinals among all `<loc_N>` of the text, in their order. With
 * them the probabilities of its tokens become the part's score.
 */
export interface LocationRun {
  readonly first: number
  readonly count: number
}

/** As it was answered: the corners not put in order, nothing clipped to the image. */
export interface LabelledBox {
  readonly label: string
  readonly box: Box
  readonly locations: LocationRun
}

/** A line of text where it stands. */
export interface LabelledQuad {
  readonly label: string
  readonly quad: Quad
  readonly locations: LocationRun
}

/** One instance: its outlines as x y pairs in pixels, one after another. */
export interface LabelledPolygons {
  readonly label: string
  readonly polygons: readonly (readonly number[])[]
  readonly locations: LocationRun
}

/** What a generated text says, in pixels of the image. */
export type Florence2Answer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'boxes'; readonly boxes: readonly LabelledBox[] }
  | { readonly kind: 'quads'; readonly quads: readonly LabelledQuad[] }
  | { readonly kind: 'polygons'; readonly instances: readonly LabelledPolygons[] }
  | {
      readonly kind: 'boxes_or_polygons'
      readonly boxes: readonly LabelledBox[]
      readonly instances: readonly LabelledPolygons[]
    }
