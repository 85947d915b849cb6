import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { pullEntry } from '../../src/models/packs/pull.js'
import { createRasterCache } from '../../src/models/pixels/raster-cache.js'
import { createSessionHost } from '../../src/models/sessions/session-host.js'
import { queueNames } from '../../src/queue/job-queues.js'
import { redisConnection } from '../../src/queue/redis-connection.js'
import { startWorker } from '../../src/run/worker.js'
import { createWorkerServices } from '../../src/run/worker-services.js'
import { openStore } from '../../src/storage/open-store.js'
import { toneAnnotator } from './tone-annotator.js'

// A worker of a process of its own, that is missed within seconds: its Redis is the first argument. Each image that it is
// shown is a line of its output.

const [url = ''] = process.argv.slice(2)
const connection = redisConnection(url)
connection.on('error', () => undefined)
const shown: string[] = []
shown.push = (...ids) => {
  for (const id of ids) process.stdout.write(`${id}\n`)
  return 0
}
const worker = startWorker({
  connection,
  services: createWorkerServices({
    registry: new Map([['tone', toneAnnotator(shown) as AnnotatorModule]]),
    surroundings: { sessions: createSessionHost({ threads: 1, sessions: 1 }) },
    rasters: createRasterCache({ byteBudget: 1_000_000 }),
    openStore,
    modelFiles: (needed) => pullEntry(needed, { cache: join(tmpdir(), 'fld-tone-worker'), openStore }),
  }),
  queues: [...queueNames],
  concurrency: 2,
  grace: 1_000,
  timings: { lockDuration: 3_000, stalledInterval: 500, maxStalledCount: 20 },
  log: () => undefined,
})
process.once('disconnect', () => process.exit())
process.once('SIGTERM', () => void worker.drain().finally(() => process.exit()))
