import { setTimeout as pause } from 'node:timers/promises'
import { abortedError, throwIfAborted } from '../../storage/abort.js'
import { TransferError } from './http-transfer.js'
import type { RetrySettings } from './pull-options.js'

export const defaultRetry: RetrySettings = { attempts: 5, baseDelayMs: 500, stallMs: 60_000 }

const longestPauseMs = 30_000
/** A server that asks for a longer pause is given up. */
const longestRetryAfterMs = 120_000
/** Received bytes after which earlier failures no longer count. */
const progressBytes = 1 << 20

export interface RetryOptions {
  readonly retry: Pick<RetrySettings, 'attempts' | 'baseDelayMs'>
  readonly signal: AbortSignal | undefined
  /** For the message of an abort: "downloading ...". */
  readonly action: string
  /** Bytes received so far over all attempts. */
  readonly receivedBytes?: () => number
}

/**
 * Does it again, after growing pauses or the one that the server asks for, while the failure is one that may pass.
 * Throws the last TransferError (with the number of attempts), FldError `aborted`, or what is no TransferError at once.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, action, receivedBytes = () => 0 } = options
  for (let failures = 0; ; ) {
    throwIfAborted(signal, action)
    const before = receivedBytes()
    try {
      return await attempt()
    } catch (thrown) {
      if (signal?.aborted) throw abortedError(signal, action)
      if (!(thrown instanceof TransferError) || !thrown.retryable) throw thrown
      failures = receivedBytes() - before >= progressBytes ? 1 : failures + 1
      const delay = delayAfter(thrown, failures, options.retry)
      await pause(delay, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    }
  }
}

function delayAfter(error: TransferError, failures: number, retry: RetryOptions['retry']): number {
  const givenUp = (why: string) => new TransferError(`${error.message} (${why})`, { retryable: false, cause: error })
  if (failures >= retry.attempts) throw givenUp(`tried ${failures} times`)
  const asked = error.retryAfterMs
  if (asked !== null && asked > longestRetryAfterMs) throw givenUp(`asks to come back in ${Math.ceil(asked / 1000)} s`)
  return asked ?? Math.min(longestPauseMs, retry.baseDelayMs * 2 ** (failures - 1))
}
