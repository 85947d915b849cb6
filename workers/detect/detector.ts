import pLimit from 'p-limit'
import { FldError } from '../../schemas/errors.js'
import type { ObjectObservation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { type PixelTables, pixelTables } from '../../src/models/pixel-tensor.js'
import type { ModelSession } from '../../src/models/tensor.js'
import { orAborted, throwIfAborted } from '../../src/storage/abort.js'
import { decodeOutputs } from './decode-outputs.js'
import { type InputNames, modelInput, resolveInputs } from './model-input.js'
import type { DetectOptions } from './options.js'
import { toObservations } from './to-observations.js'

interface Detector {
  readonly session: ModelSession
  readonly names: InputNames
  readonly tables: PixelTables
  readonly vocabulary: readonly string[]
  readonly options: DetectOptions
  /** Images under way at the same time: while some are in a session, the next is prepared. */
  readonly inFlight: number
}

/**
 * Loads a detector. Images go through the model one by one, several under way: on a CPU a batch of eight costs what
 * eight single runs do, and what is said about an image cannot depend on its neighbours. Throws FldError `model_invalid`.
 */
export async function loadDetector({
  options,
  files,
  vocabulary,
  sessions,
}: LoadContext<DetectOptions>): Promise<Annotator> {
  if (vocabulary === null || vocabulary.length === 0) {
    throw new FldError('config_invalid', 'a detector needs a vocabulary: the names of its classes, in their order')
  }
  const session = await sessions.open(modelFile(files))
  const detector: Detector = {
    session,
    names: resolveInputs(session, options),
    tables: pixelTables(options.input),
    vocabulary,
    options,
    inFlight: sessions.concurrency + 1,
  }
  return {
    annotate: (batch, { signal }) => detectBatch(detector, batch, signal),
    // The session belongs to the host, which closes it.
    dispose: async () => {},
  }
}

function modelFile(files: ReadonlyMap<string, string>): string {
  const models = [...files].filter(([path]) => path.endsWith('.onnx'))
  const [only] = models
  if (only !== undefined && models.length === 1) return only[1]
  throw new FldError('model_invalid', `a detector is one .onnx file; its files are: ${[...files.keys()].join(', ')}`)
}

/** The first failure stops the images that have not begun and is thrown when those under way have left. */
async function detectBatch(
  detector: Detector,
  batch: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<ObjectObservation[][]> {
  throwIfAborted(signal, 'detecting objects')
  const failed = new AbortController()
  const eitherSignal = AbortSignal.any([signal, failed.signal])
  const limit = pLimit(detector.inFlight)
  const images = batch.map((image) =>
    limit(() => detectImage(detector, image, eitherSignal)).catch((thrown: unknown) => {
      failed.abort(thrown)
      throw thrown
    }),
  )
  const outcomes = await Promise.allSettled(images)
  throwIfAborted(signal, 'detecting objects')
  if (failed.signal.aborted) throw failed.signal.reason
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

async function detectImage(
  { session, names, tables, vocabulary, options }: Detector,
  image: AnnotatorInput,
  signal: AbortSignal,
): Promise<ObjectObservation[]> {
  throwIfAborted(signal, 'detecting objects')
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  const { inputs, frame } = modelInput(raster, names, options.input, tables)
  const outputs = await session.run(inputs, { signal })
  const candidates = decodeOutputs(outputs, options, { classes: vocabulary.length })
  return toObservations(candidates, frame, options, vocabulary)
}
