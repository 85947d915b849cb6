import { probeRedis, redisLabel } from './redis-connection.js'

/** One thing that was looked at, whether it is right, and what to do when it is not. */
export interface RedisFinding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  readonly fix: string | null
}

/**
 * What BullMQ needs of a Redis: version 6.2 or later, never evicting, and (advice) persistence, without which a restart
 * costs the jobs in flight, not the run. Throws FldError `queue_unavailable` when there is no answer.
 */
export async function checkRedis(url: string): Promise<RedisFinding[]> {
  const redis = await probeRedis(url)
  try {
    const server = infoFields(await redis.info())
    return [version(server, url), evictionPolicy(server), persistence(server)]
  } finally {
    redis.disconnect()
  }
}

function infoFields(info: string): Map<string, string> {
  const pairs = info.split(/\r?\n/).filter((line) => line.includes(':'))
  return new Map(pairs.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

function version(server: Map<string, string>, url: string): RedisFinding {
  const text = server.get('redis_version') ?? '0'
  const [major = 0, minor = 0] = text.split('.').map(Number)
  const ok = major > 6 || (major === 6 && minor >= 2)
  return {
    check: 'redis version',
    ok,
    detail: `${text} at ${redisLabel(url)}`,
    fix: ok ? null : 'BullMQ needs Redis 6.2 or later: upgrade the server',
  }
}

function evictionPolicy(server: Map<string, string>): RedisFinding {
  const policy = server.get('maxmemory_policy') ?? 'unknown'
  const ok = policy === 'noeviction'
  return {
    check: 'redis maxmemory-policy',
    ok,
    detail: policy,
    fix: ok ? null : 'jobs could be evicted: redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf',
  }
}

function persistence(server: Map<string, string>): RedisFinding {
  const appendOnly = server.get('aof_enabled') === '1'
  return {
    check: 'redis persistence',
    ok: true,
    detail: appendOnly
      ? 'append-only file is on'
      : 'append-only file is off: after a restart the shards in flight are handed out again from the object store',
    fix: null,
  }
}
