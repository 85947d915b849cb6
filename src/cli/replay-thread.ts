import { parentPort, workerData } from 'node:worker_threads'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ReplayAnswer, ReplayHelperData } from '../run/replay-helper.js'
import { replayShard } from '../run/replay-shard.js'
import { readPlan } from '../run/run-ledger.js'
import { readEnvironment } from './environment.js'

// The entry of a thread that decides shards of a replay: it is told their names and answers when each is committed, or
// why it is not. It ends with the thread that started it.

const port = parentPort
if (port === null)
  throw new FldError('internal', 'replay-thread is the entry of a worker thread, not a module to import')
const { out, run, round } = workerData as ReplayHelperData
const { signal } = new AbortController()
const store = await readEnvironment().openStore(out)
const plan = await readPlan(store, run)

port.on('message', async (shard: string) => {
  port.postMessage({ shard, failure: await failureOf(shard) } satisfies ReplayAnswer)
})
port.postMessage({ shard: null, failure: null } satisfies ReplayAnswer)

async function failureOf(shard: string): Promise<ReplayAnswer['failure']> {
  try {
    await replayShard({ store, plan, round, shard, signal })
    return null
  } catch (error) {
    return { code: error instanceof FldError ? error.code : 'internal', message: errorMessage(error) }
  }
}
