import { setMaxListeners } from 'node:events'
import pLimit from 'p-limit'
import { throwIfAborted } from '../../storage/abort.js'

export interface WriteAllOptions {
  /** Items under way at the same time. */
  readonly concurrency: number
  readonly signal: AbortSignal
  /** For the message of an abort: "describing regions". */
  readonly action: string
}

/**
 * The results for all items, in their order. The first failure stops the items that are under way and those that have
 * not begun, and is thrown when all have ended: nothing goes on asking behind the back of who called.
 */
export async function writeAll<Item, Result>(
  items: readonly Item[],
  { concurrency, signal, action }: WriteAllOptions,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  throwIfAborted(signal, action)
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  // Each that waits listens to it: a hundred are no leak.
  setMaxListeners(0, either)
  const limit = pLimit(concurrency)
  const begun = items.map((item) =>
    limit(async () => {
      throwIfAborted(either, action)
      return work(item, either)
    }).catch((thrown: unknown) => {
      failed.abort(thrown)
      throw thrown
    }),
  )
  const outcomes = await Promise.allSettled(begun)
  throwIfAborted(signal, action)
  if (failed.signal.aborted) throw failed.signal.reason
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}
