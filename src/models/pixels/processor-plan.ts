import { FldError } from '../../../schemas/errors.js'
import type { FloatFilter } from './float-resize.js'
import { type PreprocessorConfig, readPreprocessorConfig } from './preprocessor-config.js'
import type { SizeRule } from './processed-size.js'
import { type ProcessorFamily, processorFamily } from './processor-family.js'
import type { ResampleFilter } from './resample-taps.js'
import type { PixelSize } from './resize.js'

/** What a processor does to pixels, with nothing left to guess. */
export interface ProcessorPlan {
  /** Null: the image keeps its size. */
  readonly size: SizeRule | null
  readonly filter: ResampleFilter | FloatFilter
  /** Cut out of the middle of the resized image, black where that is smaller. */
  readonly crop: PixelSize | null
  /**
   * At the right and the bottom: to a square with black before the resize, or with 0 after normalising to a size or to
   * the batch's largest.
   */
  readonly pad: 'none' | 'square' | 'batch' | PixelSize
  /** A byte times this, less the mean, divided by the standard deviation. */
  readonly rescale: number
  /** Per plane; null: not normalised. */
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] } | null
  readonly order: 'RGB' | 'BGR'
}

interface Settings {
  readonly config: PreprocessorConfig
  readonly family: ProcessorFamily
  readonly origin: string
}

/** The plan of a parsed preprocessor_config.json. Throws FldError `model_invalid` naming `origin` and the key. */
export function processorPlan(config: unknown, origin: string): ProcessorPlan {
  const known = readPreprocessorConfig(config, origin)
  const settings: Settings = { config: known, family: processorFamily(known, origin), origin }
  return {
    size: known.do_resize === false ? null : sizeRule(settings),
    filter: filterOf(settings),
    crop: cropOf(settings),
    pad: padOf(settings),
    rescale: known.do_rescale === false ? 1 : (known.rescale_factor ?? 1 / 255),
    normalisation: normalisationOf(settings),
    order: (known.do_flip_channel_order ?? settings.family.flip) ? 'BGR' : 'RGB',
  }
}

function missing({ origin, config }: Settings, key: string): FldError {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? 'none'
  return new FldError(
    'model_invalid',
    `${origin}: ${key} is missing, and image_processor_type ${type} has no default`,
    {
      details: { key, origin },
    },
  )
}

function sizeRule(settings: Settings): SizeRule {
  const { config, family } = settings
  const { size } = config
  if (size === undefined || size === null) throw missing(settings, 'size')
  const multiple = family.multiple === undefined ? {} : { multiple: family.multiple }
  if (typeof size === 'number') {
    const square = config.default_to_square ?? (family.integerSize && family.integerSize === 'square')
    if (square === undefined) throw missing(settings, `what the number ${size} means as size`)
    if (square) return { kind: 'exact', width: size, height: size }
    const longest = config.max_size ?? family.longest
    return { kind: 'shortest', edge: size, ...(longest === undefined ? {} : { longest }), ...multiple }
  }
  if ('height' in size) return { kind: 'exact', ...size }
  if ('max_height' in size) return { kind: 'inside', width: size.max_width, height: size.max_height }
  if (!('shortest_edge' in size)) return { kind: 'longest', edge: size.longest_edge }
  const longest = size.longest_edge ?? config.max_size ?? undefined
  return { kind: 'shortest', edge: size.shortest_edge, ...(longest === undefined ? {} : { longest }), ...multiple }
}

/** In the order of Pillow's codes. */
const filters: readonly ResampleFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']

function filterOf(settings: Settings): ProcessorPlan['filter'] {
  if (settings.family.floatFilter !== undefined) return settings.family.floatFilter
  if (settings.config.do_resize === false) return 'nearest'
  const filter = filters[settings.config.resample ?? settings.family.resample ?? -1]
  if (filter === undefined) throw missing(settings, 'resample')
  return filter
}

function cropOf(settings: Settings): PixelSize | null {
  const { config, family, origin } = settings
  if (!(config.do_center_crop ?? family.centreCrop)) return null
  if (family.floatFilter !== undefined) {
    const type = config.image_processor_type ?? config.feature_extractor_type
    throw new FldError('model_invalid', `${origin}: do_center_crop is not carried out here for ${type}`)
  }
  const { crop_size: crop } = config
  if (crop === undefined || crop === null) throw missing(settings, 'crop_size')
  return typeof crop === 'number' ? { width: crop, height: crop } : crop
}

function padOf(settings: Settings): ProcessorPlan['pad'] {
  const { config, family } = settings
  if (!(config.do_pad ?? config.pad_and_return_pixel_mask ?? family.pad)) return 'none'
  if (family.padTo === 'square') return 'square'
  const to = config.pad_size ?? family.padTo
  if (to === undefined) throw missing(settings, 'pad_size')
  return to
}

function normalisationOf(settings: Settings): ProcessorPlan['normalisation'] {
  const { do_normalize: wanted, image_mean: mean, image_std: std } = settings.config
  if (!(wanted ?? settings.family.normalise)) return null
  if (!mean) throw missing(settings, 'image_mean')
  if (!std) throw missing(settings, 'image_std')
  return { mean, std }
}
