import { abortedError } from '../storage/abort.js'

interface Waiting {
  readonly alone: boolean
  begin(): void
}

/**
 * Turns at the work of one process: many together, or one alone. What is suspected of ending the process has to be tried
 * alone, or innocent work beside it would be suspected next. First come, first served: who wants to be alone is not passed
 * by those who would join.
 */
export class Turns {
  #together = 0
  #alone = false
  readonly #waiting: Waiting[] = []

  /** Does `work` in a turn. Throws FldError `aborted` when the signal fires before it begins. */
  async take<Result>(
    { alone, signal }: { alone: boolean; signal: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result> {
    await this.#begin(alone, signal)
    try {
      return await work()
    } finally {
      if (alone) this.#alone = false
      else this.#together -= 1
      this.#next()
    }
  }

  #begin(alone: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortedError(signal, 'waiting for a turn'))
      const give = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(abortedError(signal, 'waiting for a turn'))
        this.#next()
      }
      const begin = () => {
        signal.removeEventListener('abort', give)
        resolve()
      }
      const waiting = { alone, begin }
      signal.addEventListener('abort', give, { once: true })
      this.#waiting.push(waiting)
      this.#next()
    })
  }

  #next(): void {
    for (;;) {
      const [first] = this.#waiting
      if (first === undefined || this.#alone || (first.alone && this.#together > 0)) return
      this.#waiting.shift()
      if (first.alone) this.#alone = true
      else this.#together += 1
      first.begin()
    }
  }
}
