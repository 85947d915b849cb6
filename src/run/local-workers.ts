import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** Worker processes of this machine. */
export interface LocalWorkersOptions {
  readonly count: number
  /** The module to run and its arguments: the CLI's own worker command. */
  readonly module: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Told of each line that a worker writes, and of workers that ended. */
  readonly log: (line: string) => void
}

/** Worker processes that are started again when they end. */
export interface LocalWorkers {
  /** Asks them to let running batches end; resolves when all have. */
  drain(): Promise<void>
  /** Ends them now. */
  stop(): Promise<void>
}

/** Pause before a worker that ended is started again, in ms; doubled each time up to the longest. */
const restartPause = { first: 500, longest: 30_000 }

/**
 * Starts worker processes and keeps their number: one that crashes, or is killed, is replaced, and its jobs come back
 * through the queue. They are groups of their own, so that Ctrl-C at the terminal reaches only us, and they end when
 * the pipe to us closes.
 */
export function startLocalWorkers(options: LocalWorkersOptions): LocalWorkers {
  const workers = Array.from({ length: options.count }, () => new LocalWorker(options))
  return {
    drain: async () => void (await Promise.all(workers.map((worker) => worker.end('SIGTERM')))),
    stop: async () => void (await Promise.all(workers.map((worker) => worker.end('SIGKILL')))),
  }
}

class LocalWorker {
  readonly #options: LocalWorkersOptions
  readonly #over = new AbortController()
  #child: ChildProcess
  #pause = restartPause.first

  constructor(options: LocalWorkersOptions) {
    this.#options = options
    this.#child = this.#start()
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#over.abort()
    const child = this.#child
    if (hasEnded(child)) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  #start(): ChildProcess {
    const { module, args, env, log } = this.#options
    const child = fork(module, [...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const output of [child.stdout, child.stderr]) {
      if (output) createInterface({ input: output }).on('line', log)
    }
    child.once('exit', (code, signal) => void this.#restart(code, signal))
    return child
  }

  async #restart(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#over.signal.aborted) return
    this.#options.log(`a worker process ended (${signal ?? `code ${code}`}); another takes its place`)
    await delay(this.#pause, undefined, { signal: this.#over.signal }).catch(() => undefined)
    this.#pause = Math.min(this.#pause * 2, restartPause.longest)
    if (!this.#over.signal.aborted) this.#child = this.#start()
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
