import { Queue, Worker } from 'bullmq'
import { expect, test } from 'vitest'
import { startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { redisConnection } from '../../src/queue/redis-connection.js'
import { OverdueJobs } from '../../src/run/overdue-jobs.js'

test('a job that is to wait for a day, because somebody took it for yesterday, is done', async () => {
  const redis = await startEmbeddedRedis()
  const connection = redisConnection(redis.url)
  const queue = new Queue('late', { connection })
  const day = 86_400_000
  const done: string[] = []
  const worker = new Worker('late', async (job) => done.push(job.name), { connection })
  try {
    await queue.add('tomorrow', {}, { delay: day })
    const overdue = new OverdueJobs([queue], 300)
    await overdue.promote()
    expect(await queue.getDelayedCount()).toBe(1)
    await expect
      .poll(
        async () => {
          await overdue.promote()
          return done
        },
        { timeout: 10_000, interval: 100 },
      )
      .toEqual(['tomorrow'])
  } finally {
    await worker.close()
    await queue.close()
    connection.disconnect()
    await redis.stop()
  }
})
