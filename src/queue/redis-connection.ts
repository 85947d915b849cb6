import { Redis } from 'ioredis'
import { errorMessage, FldError } from '../../schemas/errors.js'

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

/** The address without user, password or query, for messages. */
export function redisLabel(url: string): string {
  if (url.startsWith('/')) return url.split('?', 1)[0] ?? url
  try {
    const { protocol, host, pathname } = new URL(url)
    return `${protocol}//${host}${pathname}`
  } catch {
    return 'an unreadable REDIS_URL'
  }
}

/** A connection that gives up: for a first contact, so that a wrong address is an error and not a silent wait. */
export async function probeRedis(url: string, options: { timeoutMs?: number } = {}): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: options.timeoutMs ?? 5_000,
  })
  let reason: unknown
  redis.on('error', (error: unknown) => {
    reason = error
  })
  try {
    await redis.connect()
    return redis
  } catch (error) {
    redis.disconnect()
    throw new FldError(
      'queue_unavailable',
      `no Redis at ${redisLabel(url)}: ${errorMessage(reason ?? error)}; REDIS_URL takes redis://[user:password@]host:port[/db], rediss://... or a socket path`,
      { cause: reason ?? error, details: { redis: redisLabel(url) } },
    )
  }
}
