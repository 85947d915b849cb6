import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Worker processes (`tone-worker.ts`) that are replaced when they end. */
export class WorkerProcesses {
  readonly #running = new Set<ChildProcess>()
  readonly #url: string
  #over = false
  deaths = 0

  constructor(url: string, count: number) {
    this.#url = url
    for (let index = 0; index < count; index++) this.start()
  }

  /** One more. */
  start(): ChildProcess {
    const module = fileURLToPath(new URL('./tone-worker.ts', import.meta.url))
    const child = fork(module, [this.#url], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    this.#running.add(child)
    child.once('exit', () => {
      this.#running.delete(child)
      if (this.#over) return
      this.deaths += 1
      this.start()
    })
    return child
  }

  async stop(): Promise<void> {
    this.#over = true
    const ended = [...this.#running].map((child) => once(child, 'exit'))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(ended)
  }
}
