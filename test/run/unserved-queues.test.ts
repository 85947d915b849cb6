import { Worker } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { openJobQueues, queuePrefix } from '../../src/queue/job-queues.js'
import { redisConnection } from '../../src/queue/redis-connection.js'
import { watchUnserved } from '../../src/run/unserved-queues.js'

let redis: EmbeddedRedis
beforeAll(async () => {
  redis = await startEmbeddedRedis()
})
afterAll(() => redis.stop())

test('a queue in which jobs wait and that nobody serves is told once; one with a worker never', async () => {
  const connection = redisConnection(redis.url)
  const queues = openJobQueues(connection)
  const job = { out: 'o', run: 'r', round: 0, shard: '000000', annotator: 'a', checkpoints: {} }
  const held = new AbortController()
  const cpu = new Worker(
    'annotate-cpu',
    () => new Promise((resolve) => held.signal.addEventListener('abort', resolve)),
    {
      connection,
      prefix: queuePrefix,
    },
  )
  await cpu.waitUntilReady()
  await Promise.all([queues.annotate('cpu').add('a', job), queues.annotate('cpu').add('b', job)])
  await queues.annotate('gpu').add('a', job)
  const told: [string, number][] = []
  const over = new AbortController()
  const twice = new Promise<void>((resolve) => {
    const annotators = [{ resource: 'cpu' }, { resource: 'gpu' }, { resource: 'gpu' }] as const
    void watchUnserved({
      connection,
      annotators,
      signal: over.signal,
      interval: 50,
      onUnserved: (queue, waiting) => {
        told.push([queue, waiting])
        // A second look finds the same and says nothing.
        setTimeout(resolve, 500)
      },
    })
  })
  await twice
  over.abort()
  expect(told).toEqual([['annotate-gpu', 1]])
  held.abort()
  await cpu.close()
  await queues.close()
  connection.disconnect()
}, 30_000)
