import type { Observation } from '../../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'

/** What annotating all images once took and gave. */
export interface Timing {
  readonly imagesPerSecond: number
  /** In the order of the images. */
  readonly observations: readonly Observation[][]
}

/** How the images are handed to an annotator. */
export interface Feeding {
  readonly batch: number
  /** Batches under way at a time, as jobs are in a worker process. */
  readonly callers: number
}

/** Annotates all images, after a first round of all callers that loads models and is not timed. */
export async function timeAnnotation(
  annotator: Annotator,
  images: readonly AnnotatorInput[],
  { batch, callers }: Feeding,
): Promise<Timing> {
  const { signal } = new AbortController()
  const warm = Array.from({ length: callers }, () => annotator.annotate(images.slice(0, batch), { signal }))
  await Promise.all(warm)
  const observations: Observation[][] = []
  let next = 0
  const call = async (): Promise<void> => {
    while (next < images.length) {
      const start = next
      next += batch
      const found = await annotator.annotate(images.slice(start, start + batch), { signal })
      for (const [index, seen] of found.entries()) observations[start + index] = seen
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: callers }, call))
  return { imagesPerSecond: images.length / ((performance.now() - started) / 1000), observations }
}
