import { FldError } from '../../schemas/errors.js'
import type { Tensors } from '../../src/models/sessions/tensor.js'
import type { Candidate, DecodeContext } from './candidate.js'
import { decodeCenternet } from './decoders/centernet.js'
import { decodeDeim } from './decoders/deim.js'
import { decodeFastestdet } from './decoders/fastestdet.js'
import { decodeGfl } from './decoders/gfl.js'
import { decodeSetPrediction } from './decoders/set-prediction.js'
import { decodeYolox } from './decoders/yolox.js'
import type { DetectOptions } from './options.js'

/**
 * The candidates in one image's outputs, by the decoder that the options name. Boxes are in pixels of the model's
 * input (`deim`: of the original image; `set-prediction`: parts of it, 0-1). Throws FldError `model_invalid` when the outputs are not what it decodes.
 */
export function decodeOutputs(outputs: Tensors, options: DetectOptions, context: DecodeContext): Candidate[] {
  const candidates = decode(outputs, options, context)
  const wrong = candidates.find(({ score }) => score > 1 + scoreRounding)
  if (wrong === undefined) return candidates
  throw new FldError(
    'model_invalid',
    `the model gives a score of ${wrong.score}; scores go from 0 to 1 (a model that gives logits needs logits: true)`,
  )
}

/** How far above 1 a sigmoid in single precision may end up. */
const scoreRounding = 1e-5

function decode(outputs: Tensors, options: DetectOptions, context: DecodeContext): Candidate[] {
  switch (options.decoder) {
    case 'gfl':
      return decodeGfl(outputs, options, context)
    case 'yolox':
      return decodeYolox(outputs, options, context)
    case 'deim':
      return decodeDeim(outputs, options, context)
    case 'centernet':
      return decodeCenternet(outputs, options, context)
    case 'fastestdet':
      return decodeFastestdet(outputs, options, context)
    case 'set-prediction':
      return decodeSetPrediction(outputs, options, context)
  }
}
