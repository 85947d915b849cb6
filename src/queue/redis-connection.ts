import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { errorMessage, FldError } from '../../schemas/errors.js'

/** How long queues may take to close, in ms. */
const closePatience = 3_000

/**
 * A connection for BullMQ. `url` is redis://, rediss:// or a socket path with its password as a query
 * (`/run/redis.sock?password=...`), as ioredis reads it. Commands wait for a lost server instead of failing: the
 * object store is the truth, and a Redis that comes back, even empty, is filled again.
 */
export function redisConnection(url: string): Redis {
  return new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000),
  })
}

/** The address without user, password or query, for messages. What is not surely an address is not repeated. */
export function redisLabel(url: string): string {
  if (url.startsWith('/')) return url.split('?', 1)[0] ?? url
  const [, scheme, server] = /^(rediss?:\/\/)(?:[^@/?#]*@)?([\w.:[\]-]+(?:\/\d*)?)(?:[?#].*)?$/.exec(url) ?? []
  return scheme === undefined ? 'an unreadable REDIS_URL' : `${scheme}${server}`
}

/**
 * Waits for queues and their events to close, but not for a Redis that is gone: a connection that was between two
 * tries never reports its end.
 */
export async function closeAll(closing: readonly Promise<void>[]): Promise<void> {
  const over = new AbortController()
  const patience = delay(closePatience, undefined, { signal: over.signal }).catch(() => undefined)
  try {
    await Promise.race([Promise.all(closing), patience])
  } finally {
    over.abort()
  }
}

const addresses = 'REDIS_URL takes redis://[user:password@]host:port[/db], rediss://... or a socket path'

/** A host's bare name would be taken for the Redis of this machine. The value is not repeated: it may hold a password. */
function refuseNoAddress(url: string): void {
  if (/^(rediss?:\/\/[^/]|\/[^/])/i.test(url)) return
  throw new FldError('config_invalid', `REDIS_URL is no address of a Redis; ${addresses}`)
}

/**
 * A connection that gives up: for a first contact, so that a wrong address is an error and not a silent wait. Throws
 * FldError `config_invalid` for what is no address, `queue_unavailable` where no Redis answers.
 */
export async function probeRedis(url: string, { timeoutMs = 5_000 }: { timeoutMs?: number } = {}): Promise<Redis> {
  refuseNoAddress(url)
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: timeoutMs,
  })
  let reason: unknown
  redis.on('error', (error: unknown) => {
    reason = error
  })
  // Something that takes the connection and says nothing is no Redis.
  const silence = setTimeout(() => {
    reason = new Error(`no answer within ${timeoutMs} ms`)
    redis.disconnect()
  }, timeoutMs)
  try {
    await redis.connect()
    return redis
  } catch (error) {
    redis.disconnect()
    throw new FldError(
      'queue_unavailable',
      `no Redis at ${redisLabel(url)}: ${errorMessage(reason ?? error)}; ${addresses}`,
      { cause: reason ?? error, details: { redis: redisLabel(url) } },
    )
  } finally {
    clearTimeout(silence)
  }
}
