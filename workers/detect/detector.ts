import { FldError } from '../../schemas/errors.js'
import type { ObjectObservation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { alikeRuns } from '../../src/models/alike-runs.js'
import { onlyGraph } from '../../src/models/entry-file.js'
import { readImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { ModelSession } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted } from '../../src/storage/abort.js'
import { type ClassLabels, classLabels } from './class-labels.js'
import { decodeOutputs } from './decode-outputs.js'
import type { DetectorInput } from './detector-input.js'
import { readHubConfig, withScoring } from './hub-config.js'
import { hubInput } from './hub-input.js'
import { squareInput } from './model-input.js'
import type { DetectOptions } from './options.js'
import { outputsOfImage } from './outputs-of-image.js'
import { toObservations } from './to-observations.js'

interface Detector {
  readonly session: ModelSession
  readonly input: DetectorInput
  readonly labels: ClassLabels
  readonly options: DetectOptions
  /** Images in one run of the model. */
  readonly batch: number
  /** Runs under way at the same time: while some are in a session, the next is prepared. */
  readonly inFlight: number
}

/**
 * Loads a detector. Several runs of the model are under way at a time, each of one image, or of as many as `model_batch`
 * allows where the graph takes several: images of one tensor size, so that what is said about an image does not depend on
 * its neighbours. Throws FldError `model_invalid`, and `config_invalid` where a decoder lacks its vocabulary.
 */
export async function loadDetector(context: LoadContext<DetectOptions>): Promise<Annotator> {
  const session = await context.sessions.open(onlyGraph(context.files))
  const understood = await understand(context, session)
  const detector: Detector = {
    session,
    ...understood,
    batch: understood.input.openBatch ? (context.options.model_batch ?? 1) : 1,
    inFlight: context.sessions.concurrency + 1,
  }
  return {
    annotate: (batch, { signal }) => detectBatch(detector, batch, signal),
    // The session belongs to the host, which closes it.
    dispose: async () => {},
  }
}

/** What the options say of the model, or for `set-prediction` the configurations beside it. */
async function understand(
  { options, files, vocabulary }: LoadContext<DetectOptions>,
  session: ModelSession,
): Promise<Pick<Detector, 'input' | 'labels' | 'options'>> {
  if (options.decoder === 'set-prediction') {
    const config = await readHubConfig(files)
    return {
      options: withScoring(options, config),
      labels: classLabels(config, vocabulary),
      input: hubInput(session, await readImageProcessor(files)),
    }
  }
  if (vocabulary === null || vocabulary.length === 0) {
    throw new FldError('config_invalid', 'a detector needs a vocabulary: the names of its classes, in their order')
  }
  return { options, labels: { names: vocabulary, exact: true }, input: squareInput(session, options) }
}

async function detectBatch(
  detector: Detector,
  images: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<ObjectObservation[][]> {
  const found = images.map((): ObjectObservation[] => [])
  const runs = alikeRuns([...images.entries()], detector.batch, ([, image]) => {
    const { width, height } = detector.input.tensorSize(image)
    return `${width}x${height}`
  })
  const doing = { most: detector.inFlight, signal, action: 'detecting objects' }
  await severalAtOnce(runs, doing, async (run, either) => {
    const together = run.map(([, image]) => image)
    const observed = await detectImages(detector, together, either)
    for (const [index, [position]] of run.entries()) found[position] = observed[index] ?? []
  })
  return found
}

/** One run of the model. */
async function detectImages(
  { session, input, labels, options }: Detector,
  images: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<ObjectObservation[][]> {
  const rasters = await orAborted(Promise.all(images.map((image) => image.pixels())), signal, 'decoding an image')
  const { inputs, frames } = input.tensors(rasters)
  const outputs = await session.run(inputs, { signal })
  const context = { classes: labels.names.length, unnamedClasses: !labels.exact }
  return frames.map((frame, index) => {
    const candidates = decodeOutputs(outputsOfImage(outputs, index, frames.length), options, context)
    return toObservations(candidates, frame, options, labels.names)
  })
}
