import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkRedis } from '../../src/queue/check-redis.js'
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { probeRedis, redisLabel } from '../../src/queue/redis-connection.js'

let redis: EmbeddedRedis

beforeAll(async () => {
  redis = await startEmbeddedRedis()
})
afterAll(() => redis.stop())

test('a server as BullMQ needs it passes', async () => {
  const findings = await checkRedis(redis.url)
  expect(findings.map(({ check, ok }) => [check, ok])).toEqual([
    ['redis version', true],
    ['redis maxmemory-policy', true],
    ['redis persistence', true],
  ])
})

test('a server that evicts fails, with what to do', async () => {
  const connection = await probeRedis(redis.url)
  await connection.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const findings = await checkRedis(redis.url)
  await connection.config('SET', 'maxmemory-policy', 'noeviction')
  connection.disconnect()
  expect(findings[1]).toMatchObject({ ok: false, detail: 'allkeys-lru' })
  expect(findings[1]?.fix).toContain('noeviction')
})

test('an address names no user and no password', () => {
  expect(redisLabel('redis://user:secret@queue:6379/2')).toBe('redis://queue:6379/2')
  expect(redisLabel('/run/redis.sock?password=secret')).toBe('/run/redis.sock')
  expect(redisLabel('rediss://[::1]:6379')).toBe('rediss://[::1]:6379')
  for (const url of ['::secret::', 'user:secret@queue:6379', 'redis://:p@secret@queue', 'redis://:p@a/secret@queue']) {
    expect(redisLabel(url)).not.toContain('secret')
  }
})

test('a server that takes the connection and says nothing is an error after the time given', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await expect(probeRedis(`redis://127.0.0.1:${port}`, { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'queue_unavailable',
    message: expect.stringContaining('no answer within 200 ms'),
  })
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('a wrong address is an error that says which and what is allowed', async () => {
  await expect(checkRedis('redis://127.0.0.1:1')).rejects.toMatchObject({
    code: 'queue_unavailable',
    message: expect.stringMatching(/127\.0\.0\.1:1.*REDIS_URL takes/),
  })
})

test.each(['queue', 'queue:6379', 'http://queue:6379', 'redis://'])(
  '%s is no address, and nothing is tried',
  async (url) => {
    await expect(probeRedis(url)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('REDIS_URL takes redis://'),
    })
  },
)
