import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import type { ListedObject } from '../../src/storage/object-store.js'
import { SmallRun } from './small-run.js'
import { WorkerProcesses } from './worker-processes.js'

let small: SmallRun
let workers: WorkerProcesses
afterEach(async () => {
  await workers.stop()
  await small.close()
})

async function objects(): Promise<ListedObject[]> {
  const found: ListedObject[] = []
  for await (const object of small.store.list('')) found.push(object)
  return found
}

test('a worker that sleeps through the loss of its shard and wakes up when it is done changes nothing that is seen', async () => {
  small = await SmallRun.open(Array.from({ length: 10 }, (_, index) => 20 * index))
  workers = new WorkerProcesses(small.redis.url, 0)
  const sleeper = workers.start()
  const plan = await small.plan([{ name: 'a' }, { name: 'b' }])
  const running = small.run(plan)
  // Its first image: a batch is in its hands.
  if (sleeper.stdout) await once(sleeper.stdout, 'data')
  sleeper.kill('SIGSTOP')
  workers.start()
  const { manifest, failures } = await running
  expect(failures).toEqual([])
  expect(manifest?.images).toBe(10)
  const before = await objects()
  // It ends what it has in hand, and finds that it is done.
  sleeper.kill('SIGCONT')
  sleeper.kill('SIGTERM')
  await once(sleeper, 'exit')
  const after = new Map((await objects()).map((object) => [object.key, object]))
  for (const object of before) expect(after.get(object.key)).toEqual(object)
})
