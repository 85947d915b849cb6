import { FldError } from '../../../schemas/errors.js'
import type { FloatFilter } from './float-resize.js'
import type { PreprocessorConfig } from './preprocessor-config.js'

/** What a family of processors does where its configuration says nothing, and what no key of it says. */
export interface ProcessorFamily {
  /** Pillow's code of its filter; absent where it cannot be known. */
  readonly resample?: number
  /** What one number as `size` is; absent where it cannot be known. */
  readonly integerSize?: 'square' | 'shortest'
  /** Longest side of an image that is sized by its shortest. */
  readonly longest?: number
  readonly centreCrop: boolean
  readonly normalise: boolean
  readonly pad: boolean
  /** To what, where it pads without a `pad_size`. Absent: it cannot be known. */
  readonly padTo?: 'batch' | 'square'
  /** Sides are cut to a multiple of this. */
  readonly multiple?: number
  /** Its planes are blue, green, red. */
  readonly flip?: boolean
  /** It does not resize bytes as Pillow does, but numbers. */
  readonly floatFilter?: FloatFilter
}

const bilinear = 2
const bicubic = 3
const plain = { centreCrop: false, normalise: true, pad: false } as const
const squareBilinear: ProcessorFamily = { ...plain, resample: bilinear, integerSize: 'square' }
const squareBicubic: ProcessorFamily = { ...plain, resample: bicubic, integerSize: 'square' }
const detr: ProcessorFamily = {
  ...plain,
  resample: bilinear,
  integerSize: 'shortest',
  longest: 1333,
  pad: true,
  padTo: 'batch',
}
const mobile: ProcessorFamily = { ...plain, resample: bilinear, integerSize: 'shortest', centreCrop: true }

/** By the name without ImageProcessor or FeatureExtractor. Defaults as in the processors of transformers 5. */
const families: Readonly<Record<string, ProcessorFamily>> = {
  CLIP: { ...plain, resample: bicubic, integerSize: 'shortest', centreCrop: true },
  ChineseCLIP: { ...plain, resample: bicubic, integerSize: 'shortest', centreCrop: true },
  Siglip: squareBicubic,
  Blip: squareBicubic,
  OwlViT: squareBicubic,
  Owlv2: { ...plain, resample: bilinear, integerSize: 'square', pad: true, padTo: 'square', floatFilter: 'smooth' },
  ViT: squareBilinear,
  Beit: squareBicubic,
  DeiT: { ...squareBicubic, centreCrop: true },
  DPT: squareBicubic,
  Segformer: squareBilinear,
  Sam2: squareBilinear,
  Sam: { ...plain, resample: bilinear, pad: true },
  RTDetr: { ...squareBilinear, normalise: false, padTo: 'batch' },
  Detr: detr,
  ConditionalDetr: detr,
  DeformableDetr: detr,
  RfDetr: { ...detr, floatFilter: 'linear' },
  GroundingDino: detr,
  Yolos: { ...detr, multiple: 16 },
  MobileNetV1: mobile,
  MobileNetV2: mobile,
  MobileViT: { ...mobile, resample: bicubic, normalise: false, flip: true },
}

/** Their processors do more to the pixels than their keys say. */
const uncarried = new Set([
  'BridgeTower',
  'ConvNext',
  'Donut',
  'EfficientNet',
  'GLPN',
  'LayoutLMv2',
  'Mask2Former',
  'MaskFormer',
  'OneFormer',
  'Pix2Struct',
  'Siglip2',
  'Swin2SR',
  'Vilt',
  'VitMatte',
])

/**
 * The family that a configuration names. One that is not listed has no defaults: its configuration has to say all.
 * Throws FldError `model_invalid` for those whose steps no key tells.
 */
export function processorFamily(config: PreprocessorConfig, origin: string): ProcessorFamily {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? ''
  const name = type.replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, '')
  if (uncarried.has(name)) {
    throw new FldError('model_invalid', `${origin}: the steps of image_processor_type ${type} are not carried out here`)
  }
  return families[name] ?? plain
}
