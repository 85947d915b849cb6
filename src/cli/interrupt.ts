import { exitCodes } from './exit-code.js'

/** What Ctrl-C (or SIGTERM) asks for. */
export interface Interrupt {
  /** Fires at the first: no new work. */
  readonly soon: AbortSignal
  /** Stops listening. */
  release(): void
}

/**
 * Listens for Ctrl-C and SIGTERM. `onFirst` tells the person what happens and what a second one would do: it ends the process
 * at once, whatever that waits for, where `onSecond` does nothing else.
 */
export function listenForInterrupt(onFirst: () => void, onSecond: () => void = endAtOnce): Interrupt {
  const soon = new AbortController()
  const heard = () => {
    if (soon.signal.aborted) return onSecond()
    onFirst()
    soon.abort()
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  return {
    soon: soon.signal,
    release: () => {
      process.off('SIGINT', heard)
      process.off('SIGTERM', heard)
    },
  }
}

function endAtOnce(): never {
  process.exit(exitCodes.interrupted)
}
