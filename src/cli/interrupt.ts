/** What Ctrl-C (or SIGTERM) asks for. */
export interface Interrupt {
  /** Fires at the first: no new work. */
  readonly soon: AbortSignal
  /** Fires at the second: now. */
  readonly now: AbortSignal
  /** Stops listening. */
  release(): void
}

/** Listens for Ctrl-C and SIGTERM; `onFirst` tells the person what happens and what a second one would do. */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const soon = new AbortController()
  const now = new AbortController()
  const heard = () => {
    if (soon.signal.aborted) {
      now.abort()
      return
    }
    onFirst()
    soon.abort()
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  return {
    soon: soon.signal,
    now: now.signal,
    release: () => {
      process.off('SIGINT', heard)
      process.off('SIGTERM', heard)
    },
  }
}
