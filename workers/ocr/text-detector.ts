import { FldError } from '../../schemas/errors.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { ModelSession } from '../../src/models/sessions/tensor.js'
import { detectionInput, detectionSize } from './detection-input.js'
import type { OcrOptions } from './options.js'
import { type DetectedLine, detectedLines, type ProbabilityMap } from './text-boxes.js'

/** The lines of text of an image, by a DB detector; quads in pixels of the image, in the order of a scan by rows. */
export async function detectText(
  detector: ModelSession,
  raster: Raster,
  options: OcrOptions & { signal: AbortSignal },
): Promise<DetectedLine[]> {
  const map = await probabilityMap(detector, raster, options)
  return detectedLines(map, { ...options, imageWidth: raster.width, imageHeight: raster.height })
}

/** How likely every pixel of the shrunk image is text. Throws FldError `model_invalid` when the model says something else. */
export async function probabilityMap(
  detector: ModelSession,
  raster: Raster,
  options: { limit_side_len: number; signal: AbortSignal },
): Promise<ProbabilityMap> {
  const size = detectionSize(raster, options.limit_side_len)
  const [input = 'x'] = detector.inputNames
  const outputs = await detector.run({ [input]: detectionInput(raster, size) }, { signal: options.signal })
  const output = outputs[detector.outputNames[0] ?? '']
  if (output?.type !== 'float32' || output.data.length !== size.width * size.height) {
    throw new FldError(
      'model_invalid',
      `The text detector gave ${output?.type ?? 'nothing'} [${output?.dims.join(', ') ?? ''}]; expected float32 [1, 1, ${size.height}, ${size.width}].`,
    )
  }
  return { ...size, data: output.data }
}
