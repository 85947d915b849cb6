/** The worker of a bench: the engine's own, with an annotator that does nothing. Started by `drive-size.ts`. */
import { createRasterCache } from '../../../src/models/pixels/raster-cache.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { redisConnection } from '../../../src/queue/redis-connection.js'
import { startWorker } from '../../../src/run/worker.js'
import { createWorkerServices } from '../../../src/run/worker-services.js'
import { nothingRegistry } from './nothing-annotator.js'
import { answerSamples, tell } from './process-news.js'
import { openSocketStore } from './socket-store.js'

startWorker({
  connection: redisConnection(process.env.REDIS_URL ?? ''),
  services: createWorkerServices({
    registry: nothingRegistry,
    surroundings: { sessions: createSessionHost({ threads: 1, sessions: 1 }) },
    rasters: createRasterCache({ byteBudget: 1_000_000 }),
    openStore: async (path) => openSocketStore(path),
    modelFiles: async () => new Map(),
  }),
  queues: ['shards', 'annotate-cpu'],
  concurrency: 4,
  grace: 20_000,
  log: (line) => process.stderr.write(`worker: ${line}\n`),
})
answerSamples()
tell({ kind: 'ready' })
