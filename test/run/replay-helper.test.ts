import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import type { ShardFailure } from '../../schemas/run.js'
import { openFailures } from '../../src/run/open-failures.js'
import { ReplayHelper } from '../../src/run/replay-helper.js'
import { replayRound } from '../../src/run/replay-round.js'
import { planReplay, replayableSet, replayedShards } from '../../src/run/replay-run.js'
import { beginRun } from '../../src/run/run-ledger.js'
import { newProgress } from '../../src/run/run-progress.js'
import { SmallRun } from './small-run.js'

const { signal } = new AbortController()
let small: SmallRun | null = null
afterEach(() => small?.close())

/** A thread that is ready, and ends over the first shard that it is told of. */
function endingThread(): Worker {
  const script = `
    const { parentPort } = require('node:worker_threads')
    parentPort.on('message', () => process.exit(1))
    parentPort.postMessage({ shard: null, failure: null })`
  return new Worker(script, { eval: true })
}

test('a helper whose thread ended over a shard says so, also to whoever asks later', async () => {
  const helper = new ReplayHelper(endingThread())
  expect(await helper.ready()).toBe(true)
  expect(helper.ended).toBe(false)
  await expect(helper.replay('000000')).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/a thread that decides/),
  })
  expect(helper.ended).toBe(true)
  await expect(helper.replay('000001')).rejects.toThrow(/a thread that decides: it has ended/)
  await helper.stop()
})

test('a helper whose thread never got ready, or broke, is done without', async () => {
  const helper = new ReplayHelper(new Worker('throw new Error("no such store")', { eval: true }))
  expect(await helper.ready()).toBe(false)
  await expect(helper.replay('000000')).rejects.toThrow('a thread that decides: no such store')
})

test('the shard that a thread ended over has failed, the others are decided, and the same replay completes', async () => {
  const run = await SmallRun.open(Array.from({ length: 10 }, (_, index) => 20 * index))
  small = run
  const of = await run.plan([{ name: 'a' }], { shardSize: 2, minVotes: 1 })
  run.startWorker()
  expect((await run.run(of)).failures).toEqual([])
  const { store } = run
  const consensus = of.pipeline.consensus
  const plan = await beginRun(store, planReplay({ of, round: 0, consensus, version: 'test' }))
  const set = await replayableSet(store, { run: of.run, round: 0, set: of.set })
  const thread = endingThread()
  const helper = new ReplayHelper(thread)
  const exited = once(thread, 'exit')
  const handed: string[] = []
  async function* shards() {
    // The helper's hands ask before the first shard is given out: the third and the fourth are theirs.
    await helper.ready()
    await nextTurn()
    for await (const each of replayedShards(store, { replay_of: { run: of.run, round: 0 }, set })) {
      if (handed.length === 3) await exited
      handed.push(each.shard)
      yield each
    }
    return set
  }
  const failures: string[] = []
  const replay = { store, plan, round: 0, set, signal, onFailure: (shard: string) => failures.push(shard) }
  const progress = newProgress([])
  const first = await replayRound({ ...replay, progress, shards: shards(), startHelpers: () => [helper] })
  expect(first).toBeNull()
  expect(handed).toHaveLength(5)
  expect(failures).toEqual([handed[2]])
  expect(progress.shards).toMatchObject({ committed: 4, failed: 1, inFlight: 0 })
  const recorded: ShardFailure[] = []
  for await (const failure of openFailures(store, { run: plan.run, round: 0 })) recorded.push(failure)
  expect(recorded).toMatchObject([
    { shard: handed[2], stage: 'replay', code: 'internal', message: 'a thread that decides: it has ended' },
  ])
  const again = replayedShards(store, { replay_of: { run: of.run, round: 0 }, set })
  const second = await replayRound({ ...replay, progress: newProgress([]), shards: again, startHelpers: () => [] })
  expect(second?.parts).toMatchObject([{ shards: 5 }])
})
