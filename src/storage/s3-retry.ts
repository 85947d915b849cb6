import { setTimeout as sleep } from 'node:timers/promises'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { abortedError } from './abort.js'

const firstDelayMs = 200
const longestDelayMs = 20_000

/** A retry strategy as the SDK's client takes it, reduced to the kind that is asked for one delay at a time. */
type RetryStrategy = Extract<
  Exclude<NonNullable<S3ClientConfig['retryStrategy']>, () => unknown>,
  { acquireInitialRetryToken: unknown }
>

/**
 * Milliseconds to wait before the n-th repeat (from 1): a random part of a bound that doubles ("full jitter", M. Brooker,
 * Exponential Backoff And Jitter, AWS Architecture Blog, 2015), so that clients that failed together do not return together.
 */
function backoffMs(repeat: number): number {
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** (repeat - 1))
}

/** Waits out the backoff of the n-th repeat. Throws FldError `aborted`. */
export async function backOff(repeat: number, signal: AbortSignal | undefined, action: string): Promise<void> {
  try {
    await sleep(backoffMs(repeat), undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    throw signal === undefined ? error : abortedError(signal, action)
  }
}

/**
 * The SDK's retries with our patience. Its standard strategy also spends from a budget that all requests of a client
 * share (35 repeats in the 2026 SDK): with a dozen writers, a gateway that restarts for five seconds empties it, and a
 * run fails over what waiting would have cured. Here every request has its own attempts; the jitter keeps the load down.
 */
export function retryStrategy(maxAttempts: number): RetryStrategy {
  const token = (count: number, delay: number) => ({
    getRetryCount: () => count,
    getRetryDelay: () => delay,
    getRetryCost: () => 0,
  })
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    refreshRetryTokenForRetry: async (previous, { errorType, retryAfterHint }) => {
      const repeat = previous.getRetryCount() + 1
      const worthIt = errorType === 'TRANSIENT' || errorType === 'THROTTLING'
      // The SDK then throws the request's own error.
      if (!worthIt || repeat >= maxAttempts) throw new Error('no further attempt')
      const asked = Math.min(longestDelayMs, (retryAfterHint?.getTime() ?? 0) - Date.now())
      return token(repeat, Math.max(backoffMs(repeat), asked))
    },
    recordSuccess: () => undefined,
  }
}
