import pLimit, { type LimitFunction } from 'p-limit'
import { orAborted, throwIfAborted } from '../../storage/abort.js'
import { createTokenBucket, type TokenBucket } from './token-bucket.js'

/** What one annotator asks an endpoint to be spared. */
export interface GateLimits {
  readonly concurrency: number
  /** Null: no limit. */
  readonly tokensPerMinute: number | null
}

/** The way to an endpoint, which all annotators of a process go through. */
export interface EndpointGate {
  /** Does it when there is room for one more request; FldError `aborted` when the signal fires before. */
  run<T>(work: () => Promise<T>, options: { signal: AbortSignal }): Promise<T>
  /** The tokens of a minute; null without a limit. */
  tokens(): TokenBucket | null
  /** This annotator's limits no longer count. May be called more than once. */
  leave(): void
}

interface SharedEndpoint {
  readonly members: Set<GateLimits>
  readonly limit: LimitFunction
  /** Null where nobody has named a limit yet; kept when the limit goes, as what was spent does not come back with it. */
  bucket: TokenBucket | null
  limited: boolean
}

/** By address. The smallest number that any member names counts: a limit is a promise to the server. */
const endpoints = new Map<string, SharedEndpoint>()

/** Joins those who ask this endpoint. */
export function joinEndpoint(address: string, { concurrency, tokensPerMinute }: GateLimits): EndpointGate {
  const shared = endpoints.get(address) ?? newEndpoint(concurrency)
  endpoints.set(address, shared)
  const member: GateLimits = { concurrency, tokensPerMinute }
  shared.members.add(member)
  applyLimits(shared)
  return {
    run: (work, { signal }) => {
      const inTurn = shared.limit(() => {
        throwIfAborted(signal, 'waiting for an endpoint')
        return work()
      })
      return orAborted(inTurn, signal, 'asking an endpoint')
    },
    tokens: () => (shared.limited ? shared.bucket : null),
    leave: () => {
      shared.members.delete(member)
      if (shared.members.size > 0) applyLimits(shared)
      else if (endpoints.get(address) === shared) endpoints.delete(address)
    },
  }
}

function newEndpoint(concurrency: number): SharedEndpoint {
  return { members: new Set(), limit: pLimit(concurrency), bucket: null, limited: false }
}

function applyLimits(shared: SharedEndpoint): void {
  const members = [...shared.members]
  shared.limit.concurrency = Math.min(...members.map((member) => member.concurrency))
  const perMinute = Math.min(...members.map((member) => member.tokensPerMinute ?? Number.POSITIVE_INFINITY))
  shared.limited = Number.isFinite(perMinute)
  if (!shared.limited) return
  if (shared.bucket === null) shared.bucket = createTokenBucket(perMinute)
  else shared.bucket.changeTo(perMinute)
}
