import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import pLimit from 'p-limit'
import { throwIfAborted } from '../storage/abort.js'

/** How items are worked through. */
export interface SeveralOptions {
  /** Items under way at the same time. */
  readonly most: number
  readonly signal: AbortSignal
  /** For the message of an abort: "detecting objects". */
  readonly action: string
}

/**
 * The results of `work` for all items, in their order: while some are in a model or at a server, others are prepared. The
 * first failure fires the signal that `work` is handed, stops the items that have not begun, and is thrown when those
 * under way have left: nothing goes on behind the back of who called. Throws FldError `aborted`.
 */
export async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  { most, signal, action }: SeveralOptions,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  throwIfAborted(signal, action)
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  // Each that waits listens to it: a hundred are no leak.
  setMaxListeners(0, either)
  const limit = pLimit(most)
  const begun = items.map((item) =>
    limit(async () => {
      // Preparing pixels holds this thread: what has happened meanwhile, a signal above all, is let in first.
      await nextTurn()
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
