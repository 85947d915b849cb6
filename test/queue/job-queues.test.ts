import { expect, test } from 'vitest'
import { annotateJobId, shardJobId } from '../../src/queue/job-queues.js'

const job = { out: 's3://a/b', run: 'street', round: 0, shard: '000001', planDigest: 'd1' }

test('ids are the same for the same work, and differ with everything that makes it other work', () => {
  expect(shardJobId(job)).toBe(shardJobId({ ...job }))
  const others = [
    { ...job, out: '/data' },
    { ...job, run: 'street-2' },
    { ...job, round: 1 },
    { ...job, shard: '000002' },
    { ...job, planDigest: 'd2' },
  ]
  expect(new Set([job, ...others].map(shardJobId)).size).toBe(6)
  const annotate = { shardJob: shardJobId(job), generation: 'g1', annotator: 'ocr' }
  expect(annotateJobId(annotate)).not.toBe(annotateJobId({ ...annotate, generation: 'g2' }))
})

test('ids are such as BullMQ takes: no colon, not all digits', () => {
  for (const id of [shardJobId(job), annotateJobId({ shardJob: 'a:b', generation: '1', annotator: '2' })]) {
    expect(id).toMatch(/^[a-z]+_[0-9a-f]{32}$/)
  }
})
