/** The coordinator of a bench: plans, feeds, closes and sums up a run over a made-up set. Started by `drive-size.ts`. */
import type { Redis } from 'ioredis'
import type { RunPlan } from '../../../schemas/run.js'
import { ingest } from '../../../src/ingest/ingest.js'
import { ingestSettingsSchema } from '../../../src/ingest/settings.js'
import type { ImageSource } from '../../../src/ingest/sources/source.js'
import { redisConnection } from '../../../src/queue/redis-connection.js'
import { beginRun } from '../../../src/run/run-ledger.js'
import { newProgress, type RunProgress } from '../../../src/run/run-progress.js'
import { runRound } from '../../../src/run/run-round.js'
import { summariseRun } from '../../../src/run/run-summary.js'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import { planNothing } from './nothing-annotator.js'
import { answerSamples, tell } from './process-news.js'
import { openSocketStore } from './socket-store.js'

const [path = '', set = '', shards = '0', images = '0', window = '0', annotators = '1', stages = '1'] =
  process.argv.slice(2)

function noSource(): never {
  throw new RangeError('a made-up set has no source')
}

/** The set is complete, so that nothing of its source is read. */
const source: ImageSource = {
  kind: 'folder',
  uri: 'made up',
  labelled: false,
  items: noSource,
  versions: noSource,
  close: async () => undefined,
}

/** The marks that were told. */
let told = 0

/** Ten marks on the way, of the first pass; the caller stops the watch. */
function watchMarks(progress: RunProgress): NodeJS.Timeout {
  return setInterval(() => {
    const { committed } = progress.shards
    const tenths = Math.floor((10 * committed) / Number(shards))
    if (tenths > told) tell({ kind: 'mark', committed })
    told = Math.max(told, tenths)
  }, 50)
}

/** Takes the round to its end, and throws where a shard failed. */
async function runToEnd(store: ObjectStore, plan: RunPlan, connection: Redis): Promise<void> {
  const progress = newProgress(plan.annotators.map(({ name }) => name))
  const settings = ingestSettingsSchema.parse({ shard_size: Number(images) })
  const { signal } = new AbortController()
  const marks = watchMarks(progress)
  const failures: string[] = []
  const manifest = await runRound({
    ...{ store, out: path, plan, round: 0, connection, signal, progress, window: Number(window) },
    ingest: ingest({ source, store, set, settings, signal }),
    onPacked: () => undefined,
    onFailure: (shard, reason) => failures.push(`${shard}: ${reason}`),
  })
  clearInterval(marks)
  if (manifest === null) throw new Error(`shards failed: ${failures.slice(0, 5).join('; ')}`)
}

async function drive(): Promise<void> {
  const store = openSocketStore(path)
  const connection = redisConnection(process.env.REDIS_URL ?? '')
  const asked = { set, images: Number(images), annotators: Number(annotators), stages: Number(stages) }
  const plan = await beginRun(store, await planNothing(asked))
  await runToEnd(store, plan, connection)
  tell({ kind: 'step', step: 'closed' })
  const { committed, state } = await summariseRun(store, { run: plan.run, round: 0 })
  if (committed !== Number(shards) || state !== 'complete') throw new Error(`${committed} of ${shards} are committed`)
  // Somebody asks for the complete run once more: every shard is found committed.
  await runToEnd(store, plan, connection)
  tell({ kind: 'step', step: 'again' })
  connection.disconnect()
  await store.close()
}

answerSamples()
await drive()
