import { FldError } from '../../schemas/errors.js'

/** The error of a call whose signal fired. */
export function abortedError(signal: AbortSignal, action: string): FldError {
  return new FldError('aborted', `Stopped while ${action}.`, { cause: signal.reason })
}

/** Throws FldError `aborted` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, action: string): void {
  if (signal?.aborted) throw abortedError(signal, action)
}

/** The promise's outcome, or FldError `aborted` as soon as the signal fires; for work that cannot itself be stopped. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, action: string): Promise<T> {
  if (signal === undefined) return work
  // Whoever loses the race must not surface as an unhandled rejection.
  work.catch(() => undefined)
  throwIfAborted(signal, action)
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortedError(signal, action))
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** The source's items; ends with FldError `aborted` when the signal fires, even while the source is silent. */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  action: string,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  let ended = false
  try {
    while (true) {
      const next = await orAborted(iterator.next(), signal, action)
      if (next.done === true) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    // Not awaited: a source that is stuck in `next` would not return either.
    if (!ended) iterator.return?.().then(undefined, () => undefined)
  }
}
