import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from './contract.js'

/** How an annotator is taken over the images of a shard. */
export interface AnnotateImagesOptions {
  readonly annotator: Annotator
  readonly batchSize: number
  /** Ends a running batch at once. */
  readonly signal: AbortSignal
  /** Ends the work after the running batch. */
  readonly drain?: AbortSignal
  /** Told how many images are done, after each batch. */
  readonly onProgress?: (images: number) => void
}

/** Errors that say nothing about the images of a batch: kept as their failures they would be believed for ever. */
const notOfTheImage: ReadonlySet<ErrorCode> = new Set([
  'aborted',
  'endpoint_unavailable',
  'model_unavailable',
  'store_denied',
  'store_missing',
  'store_unavailable',
])

/**
 * Runs an annotator over images, batch by batch. A batch that throws is halved until the image that cannot be done
 * stands alone: that one becomes a failure with its reason, the others keep their observations. When nothing at all
 * worked it is the annotator that is broken, and its error is thrown instead of one failure per image. A store that does
 * not give the images, or an endpoint that does not answer, is no fault of theirs either: its error is thrown, so that
 * the work is done again later.
 *
 * Throws FldError `annotator_failed`; `aborted` when a signal fires; `endpoint_unavailable`; the store's errors but
 * `store_corrupt`.
 */
export async function annotateImages(
  images: readonly AnnotatorInput[],
  options: AnnotateImagesOptions,
): Promise<ImageObservations[]> {
  const done: ImageObservations[] = []
  for (let start = 0; start < images.length; start += options.batchSize) {
    throwIfStopped(options)
    done.push(...(await annotateBatch(images.slice(start, start + options.batchSize), options)))
    options.onProgress?.(done.length)
  }
  const tried = triedOf(images, done)
  const [first] = tried
  if (tried.length > 1 && first?.failure && tried.every((image) => image.failure !== null)) {
    throw new FldError('annotator_failed', `all ${tried.length} images failed, the first with: ${first.failure}`)
  }
  return done
}

/** Results that say whether an annotator works: an image about which earlier stages decided nothing asks it nothing. */
function triedOf(images: readonly AnnotatorInput[], done: readonly ImageObservations[]): readonly ImageObservations[] {
  const asking = done.filter((_, index) => {
    const image = images[index]
    return image !== undefined && image.regions.length + image.texts.length > 0
  })
  return asking.length > 0 ? asking : done
}

async function annotateBatch(
  batch: readonly AnnotatorInput[],
  options: AnnotateImagesOptions,
): Promise<ImageObservations[]> {
  try {
    const observations = await options.annotator.annotate(batch, { signal: options.signal })
    return batch.map(({ image_id }, index) => ({
      image_id,
      observations: observations[index] ?? missingResult(batch.length, observations.length),
      failure: null,
    }))
  } catch (error) {
    if (options.signal.aborted) throw stopped(options.signal)
    if (error instanceof FldError && notOfTheImage.has(error.code)) throw error
    const [only, ...others] = batch
    if (only && others.length === 0) {
      return [{ image_id: only.image_id, observations: [], failure: errorMessage(error) }]
    }
    const half = Math.ceil(batch.length / 2)
    return [
      ...(await annotateBatch(batch.slice(0, half), options)),
      ...(await annotateBatch(batch.slice(half), options)),
    ]
  }
}

function missingResult(asked: number, given: number): never {
  throw new FldError('annotator_failed', `${given} results came back for a batch of ${asked} images`)
}

function throwIfStopped({ signal, drain }: AnnotateImagesOptions): void {
  for (const one of [signal, drain]) if (one?.aborted) throw stopped(one)
}

function stopped(signal: AbortSignal): FldError {
  return new FldError('aborted', 'annotation was stopped', { cause: signal.reason })
}
