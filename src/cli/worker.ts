import { Command, Option } from 'commander'
import { FldError } from '../../schemas/errors.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { pullEntry } from '../models/packs/pull.js'
import { createRasterCache } from '../models/pixels/raster-cache.js'
import { type QueueName, queueNames } from '../queue/job-queues.js'
import { probeRedis, redisConnection, redisLabel } from '../queue/redis-connection.js'
import { type RunningWorker, startWorker } from '../run/worker.js'
import { createWorkerServices, type WorkerServices } from '../run/worker-services.js'
import { annotatorSurroundings } from './annotator-surroundings.js'
import { listOf } from './arguments.js'
import { type Environment, environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { listenForInterrupt } from './interrupt.js'
import { addWorkerFlags, concurrencyOf, graceOf, type WorkerFlags } from './worker-flags.js'

const examples = `
Examples:
  REDIS_URL=redis://queue:6379 fld worker
  REDIS_URL=redis://queue:6379 fld worker --queues annotate-cpu --sessions 4 --threads 2

It serves every run that uses this Redis, whatever its store, until it is told to stop: Ctrl-C or SIGTERM once lets
running batches end and hands their jobs back, twice stops at once.
${environmentHelp}`

/** What handing jobs back may take beside the grace time, in ms: with that, what container runtimes grant by default. */
const handBackTime = 10_000

interface Flags extends WorkerFlags {
  readonly queues: QueueName[]
}

/** `fld worker`. */
export function command(): Command {
  const worker = new Command('worker')
    .description('Serves the queues of runs: on this machine or another, as many as there is work for.')
    .addOption(
      new Option('--queues <names>', `queues to serve, with commas: ${queueNames.join(', ')}`)
        .argParser(listOf(queueNames))
        .default([...queueNames], 'all'),
    )
  return addWorkerFlags(worker).addHelpText('after', examples).action(serve)
}

async function serve(flags: Flags): Promise<void> {
  const environment = readEnvironment()
  const { redisUrl } = environment
  if (redisUrl === null) {
    throw new FldError('config_invalid', 'REDIS_URL is not set: a worker serves runs of a Redis that others reach too')
  }
  const probe = await probeRedis(redisUrl)
  probe.disconnect()
  const connection = redisConnection(redisUrl)
  connection.on('error', () => undefined)
  const running = startWorker({
    connection,
    services: await services(environment, flags),
    queues: flags.queues,
    concurrency: concurrencyOf(flags),
    grace: graceOf(flags),
    log: (line) => process.stderr.write(`${line}\n`),
  })
  if (process.send === undefined) {
    process.stderr.write(`serving ${flags.queues.join(', ')} of ${redisLabel(redisUrl)}; Ctrl-C to stop\n`)
  }
  await untilStopped(running, graceOf(flags))
  connection.disconnect()
}

async function services(environment: Environment, flags: WorkerFlags): Promise<WorkerServices> {
  return createWorkerServices({
    registry: annotatorRegistry,
    surroundings: await annotatorSurroundings(environment, flags),
    rasters: createRasterCache({ byteBudget: flags.cacheMb * 1_000_000 }),
    openStore: environment.openStore,
    modelFiles: async (entry) => pullEntry(entry, await environment.pullOptions()),
  })
}

/** Resolves when the worker has been stopped by a signal; ends the process when the one that started it is gone. */
async function untilStopped(running: RunningWorker, grace: number): Promise<void> {
  const exit = () => process.exit(exitCodes.failed)
  const interrupt = listenForInterrupt(() => undefined, exit)
  process.once('disconnect', exit)
  // The process that started us may have gone before we listened.
  if (process.connected === false) exit()
  await new Promise<void>((resolve) => {
    interrupt.soon.addEventListener('abort', () => resolve(), { once: true })
  })
  // A Redis that is gone cannot be told: its jobs are missed by whoever serves it next.
  setTimeout(exit, grace + handBackTime).unref()
  await running.drain()
  process.off('disconnect', exit)
  // The channel to the process that started us would keep this one alive.
  if (process.connected) process.disconnect()
}
