import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageObservations } from '../../schemas/observation.js'
import { type BatchSpan, batchSpans, noSuspicion, type Suspicion } from './batch-spans.js'
import type { Annotator, AnnotatorInput } from './contract.js'
import { withinTime } from './within-time.js'

/** How an annotator is taken over the images of a shard. */
export interface AnnotateImagesOptions {
  readonly annotator: Annotator
  readonly batchSize: number
  /** What an image may take, in seconds, 600 when left out; a batch as many times that as it has images. */
  readonly imageTimeout?: number
  /** Ends a running batch at once. */
  readonly signal: AbortSignal
  /** Ends the work after the running batch. */
  readonly drain?: AbortSignal
  /** Told how many images are done, after each batch. */
  readonly onProgress?: (images: number) => void
  /** Stands around every batch: what is in hand when the process ends must be known afterwards. */
  readonly guard?: BatchGuard
}

/** What is known of earlier tries, and who is told what is tried now. */
export interface BatchGuard {
  readonly suspicion: Suspicion
  /** Why a condemned image is not annotated. */
  readonly reason: string
  around<Result>(span: BatchSpan, work: () => Promise<Result>): Promise<Result>
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
 * stands alone: that one becomes a failure with its reason, the others keep their observations. So does one that the guard has
 * condemned, and one that takes too long. When nothing at all
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
  const { guard, batchSize } = options
  const { suspicion, reason } = guard ?? { suspicion: noSuspicion, reason: '' }
  const byPlace = new Map<number, ImageObservations>()
  for (const span of batchSpans(images.length, batchSize, suspicion)) {
    throwIfStopped(options)
    const work = () => annotateBatch(images.slice(span.from, span.to), options)
    const observed = await (guard === undefined ? work() : guard.around(span, work))
    for (const [index, image] of observed.entries()) byPlace.set(span.from + index, image)
    options.onProgress?.(byPlace.size)
  }
  const done = images.map(
    ({ image_id }, place) => byPlace.get(place) ?? { image_id, observations: [], failure: reason },
  )
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
    const seconds = (options.imageTimeout ?? 600) * batch.length
    const observations = await withinTime({ seconds, signal: options.signal }, (signal) =>
      options.annotator.annotate(batch, { signal }),
    )
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
