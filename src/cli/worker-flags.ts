import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { wholeNumber } from './arguments.js'

/** How a worker process uses its machine. */
export interface WorkerFlags {
  readonly sessions?: number
  readonly threads?: number
  readonly concurrency?: number
  readonly cacheMb: number
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

/** The flags as arguments of `fld worker`. */
export function workerArguments(flags: WorkerFlags): string[] {
  return [
    ...['--sessions', String(sessionsOf(flags))],
    ...['--threads', String(threadsOf(flags))],
    ...['--concurrency', String(concurrencyOf(flags))],
    ...['--cache-mb', String(flags.cacheMb)],
  ]
}
