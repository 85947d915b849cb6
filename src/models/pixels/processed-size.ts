import type { PixelSize } from './resize.js'

/** How a configuration's `size` makes the size that an image is resized to, in pixels. */
export type SizeRule =
  | { readonly kind: 'exact'; readonly width: number; readonly height: number }
  | {
      readonly kind: 'shortest'
      readonly edge: number
      /** The longer side never exceeds this. */
      readonly longest?: number
      /** Both sides are cut to a multiple of this (YOLOS: 16). */
      readonly multiple?: number
    }
  | { readonly kind: 'longest'; readonly edge: number }
  | { readonly kind: 'inside'; readonly width: number; readonly height: number }

/**
 * The size that an image is resized to, with the rounding of Hugging Face's processors (transformers,
 * image_transforms.py and the processors of DETR, YOLOS and SAM): a side is cut to whole pixels, SAM rounds. A side is
 * at least 1 where the reference would fail.
 */
export function processedSize(image: PixelSize, rule: SizeRule): PixelSize {
  const { width, height } = ruledSize(image, rule)
  return { width: Math.max(1, width), height: Math.max(1, height) }
}

function ruledSize(image: PixelSize, rule: SizeRule): PixelSize {
  switch (rule.kind) {
    case 'exact':
      return { width: rule.width, height: rule.height }
    case 'longest': {
      const scale = rule.edge / Math.max(image.width, image.height)
      return { width: Math.trunc(image.width * scale + 0.5), height: Math.trunc(image.height * scale + 0.5) }
    }
    case 'inside': {
      const scale = Math.min(rule.height / image.height, rule.width / image.width)
      return { width: Math.trunc(image.width * scale), height: Math.trunc(image.height * scale) }
    }
    case 'shortest': {
      const { width, height } = shortestEdge(image, rule)
      const multiple = rule.multiple ?? 1
      return { width: width - (width % multiple), height: height - (height % multiple) }
    }
  }
}

function shortestEdge({ width, height }: PixelSize, rule: SizeRule & { kind: 'shortest' }): PixelSize {
  const { edge: wanted, longest = Number.POSITIVE_INFINITY } = rule
  const short = Math.min(width, height)
  const long = Math.max(width, height)
  // Not rounded for the other side: the reference keeps the fraction there.
  const limited = (long / short) * wanted > longest
  const exact = limited ? (longest * short) / long : wanted
  const edge = limited ? roundHalfEven(exact) : wanted
  // YOLOS asks in another order: a portrait is cut to `longest` even then.
  const asIs = rule.multiple === undefined || width >= height
  if (short === edge && asIs) return { width, height }
  return width < height
    ? { width: edge, height: Math.trunc((exact * height) / width) }
    : { width: Math.trunc((exact * width) / height), height: edge }
}

/** Python's round. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
