import { availableParallelism, totalmem } from 'node:os'
import type { Command } from 'commander'
import { wholeNumber } from './arguments.js'

/** How a worker process uses its machine. */
export interface WorkerFlags {
  readonly sessions?: number
  readonly threads?: number
  readonly concurrency?: number
  readonly cacheMb: number
  readonly modelMemory?: number
  /** Seconds. */
  readonly grace?: number
}

/** Adds the options that say how a worker process uses its machine. */
export function addWorkerFlags(command: Command): Command {
  return command
    .option(
      '--sessions <n>',
      'model runs at a time in a worker process (default: cores, at most 4)',
      wholeNumber({ min: 1, max: 256 }),
    )
    .option('--threads <n>', 'threads of one model run (default: cores / sessions)', wholeNumber({ min: 1, max: 1024 }))
    .option(
      '--concurrency <n>',
      'annotator jobs at a time in a worker process (default: sessions + 1)',
      wholeNumber({ min: 1, max: 256 }),
    )
    .option(
      '--cache-mb <n>',
      'decoded images kept in a worker process, in MB',
      wholeNumber({ min: 16, max: 1_000_000 }),
      512,
    )
    .option(
      '--model-memory <mb>',
      'memory that loaded models may take in a worker process, estimated from their files; those least recently used ' +
        'are given back and loaded again when needed (default: half of the machine)',
      wholeNumber({ min: 16, max: 10_000_000 }),
    )
    .option(
      '--grace <seconds>',
      'what running batches get to end in when a worker process is told to stop; what has not ended then goes back to ' +
        'the queue (default: 20; give containers ten more)',
      wholeNumber({ min: 1, max: 86_400 }),
    )
}

/** How a command that drives a run through the queue is told to. */
export interface QueueFlags extends WorkerFlags {
  /** Worker processes of this machine; 0 with workers elsewhere. */
  readonly workers: number
  /** Shards in flight at most. */
  readonly window: number
  readonly json?: boolean
}

/** Adds the options of a command that drives a run through the queue. */
export function addQueueFlags(command: Command): Command {
  command
    .option('--json', 'print the closing summary as JSON')
    .option(
      '--workers <n>',
      'worker processes on this machine; 0 with workers elsewhere',
      wholeNumber({ min: 0, max: 64 }),
      1,
    )
    .option('--window <n>', 'shards in flight at most', wholeNumber({ min: 1, max: 10_000 }), 16)
  return addWorkerFlags(command)
}

/** Model runs at a time: small models gain more from several runs than from several threads in one. */
export function sessionsOf(flags: WorkerFlags): number {
  return flags.sessions ?? Math.min(4, availableParallelism())
}

/** Threads of one model run. */
export function threadsOf(flags: WorkerFlags): number {
  return flags.threads ?? Math.max(1, Math.floor(availableParallelism() / sessionsOf(flags)))
}

/** Annotator jobs at a time: one more than model runs, so that one prepares while the others run. */
export function concurrencyOf(flags: WorkerFlags): number {
  return flags.concurrency ?? sessionsOf(flags) + 1
}

/** Bytes that the loaded models of a worker process may take: half of the machine leaves room for what runs work with. */
export function modelMemoryOf(flags: WorkerFlags): number {
  return flags.modelMemory === undefined ? Math.floor(totalmem() / 2) : flags.modelMemory * 1_000_000
}

/** What running batches get to end in, in ms. */
export function graceOf({ grace = 20 }: WorkerFlags): number {
  return grace * 1_000
}

/** The flags as arguments of `fld worker`, of which `processes` share this machine. */
export function workerArguments(flags: WorkerFlags, processes = 1): string[] {
  const share = flags.modelMemory === undefined ? Math.max(1, processes) : 1
  return [
    ...['--sessions', String(sessionsOf(flags))],
    ...['--threads', String(threadsOf(flags))],
    ...['--concurrency', String(concurrencyOf(flags))],
    ...['--cache-mb', String(flags.cacheMb)],
    ...(flags.grace === undefined ? [] : ['--grace', String(flags.grace)]),
    ...['--model-memory', String(Math.max(16, Math.floor(modelMemoryOf(flags) / share / 1_000_000)))],
  ]
}
