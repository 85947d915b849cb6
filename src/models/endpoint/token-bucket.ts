import { setTimeout as pause } from 'node:timers/promises'
import { orAborted, throwIfAborted } from '../../storage/abort.js'

/** Tokens that may be spent, growing evenly up to those of one minute. */
export interface TokenBucket {
  /** Waits until so many are there and takes them; whoever came first goes first. FldError `aborted` takes none. */
  take(tokens: number, options: { signal: AbortSignal }): Promise<void>
  /** Corrects what was taken by an estimate, once it is known. */
  settle(taken: number, used: number): void
  /** From now on. What is there stays, as far as it fits; who waits goes on waiting. */
  changeTo(tokensPerMinute: number): void
}

/** The passing of time, in ms. */
export interface Clock {
  now(): number
  pause(ms: number, signal: AbortSignal): Promise<void>
}

const systemClock: Clock = {
  now: () => performance.now(),
  // An abort ends the pause; who waits looks at the signal.
  pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
}

const waiting = 'waiting for tokens of a language model'
/** What others give back while one waits is seen this often. */
const longestLookMs = 1000

/** A full bucket. A request that wants more than a minute's tokens waits for a full bucket and leaves it in debt. */
export function createTokenBucket(tokensPerMinute: number, clock: Clock = systemClock): TokenBucket {
  let perMinute = tokensPerMinute
  let level = perMinute
  let filledAt = clock.now()
  let turn: Promise<unknown> = Promise.resolve()
  const refill = () => {
    const now = clock.now()
    level = Math.min(perMinute, level + ((now - filledAt) * perMinute) / 60_000)
    filledAt = now
  }
  const takeInTurn = async (tokens: number, signal: AbortSignal) => {
    for (;;) {
      throwIfAborted(signal, waiting)
      refill()
      const wanted = Math.min(tokens, perMinute)
      if (level >= wanted) break
      const missingMs = Math.ceil(((wanted - level) * 60_000) / perMinute)
      await clock.pause(Math.min(longestLookMs, missingMs), signal)
    }
    level -= tokens
  }
  return {
    take: (tokens, { signal }) => {
      const mine = turn.then(() => takeInTurn(tokens, signal))
      turn = mine.catch(() => undefined)
      return orAborted(mine, signal, waiting)
    },
    settle: (taken, used) => {
      level = Math.min(perMinute, level + taken - used)
    },
    changeTo: (next) => {
      refill()
      perMinute = next
      level = Math.min(perMinute, level)
    },
  }
}
