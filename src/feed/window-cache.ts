import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import type { FeedWindow } from './feed-window.js'

/** The windows of an order, loaded when they are asked for; readers that are near each other share them. */
export interface WindowCache {
  /** The window if it is in memory. */
  peek(epoch: number, window: number): FeedWindow | undefined
  /** The window, from memory or loaded; a failure is not kept. */
  get(epoch: number, window: number): Promise<FeedWindow>
  /** Has a window loaded that will be asked for, unless it is there. Its failure is told to whoever asks for it. */
  expect(epoch: number, window: number): void
  /** How many windows have been loaded so far: many more than readers have passed means that too few are kept. */
  readonly loaded: number
}

/** A window that is there or on its way. */
interface Slot {
  readonly coming: Promise<FeedWindow>
  window: FeedWindow | undefined
}

/**
 * Keeps the `keep` windows that were asked for last and loads one at a time, so that memory holds no more than `keep` + 1
 * however many readers there are. Readers in more different windows than that have them loaded over and over.
 */
export function createWindowCache({
  keep,
  load,
}: {
  keep: number
  load: (epoch: number, window: number) => Promise<FeedWindow>
}): WindowCache {
  const kept = new LRUCache<string, Slot>({ max: keep })
  const turn = pLimit(1)
  let loaded = 0

  function start(epoch: number, window: number): Slot {
    const slot: Slot = { coming: turn(() => load(epoch, window)), window: undefined }
    const key = keyOf(epoch, window)
    kept.set(key, slot)
    slot.coming.then(
      (there) => {
        loaded += 1
        slot.window = there
      },
      () => {
        if (kept.peek(key) === slot) kept.delete(key)
      },
    )
    return slot
  }

  const slotOf = (epoch: number, window: number) => kept.get(keyOf(epoch, window)) ?? start(epoch, window)
  return {
    peek: (epoch, window) => kept.get(keyOf(epoch, window))?.window,
    get: (epoch, window) => slotOf(epoch, window).coming,
    expect: (epoch, window) => void slotOf(epoch, window),
    get loaded() {
      return loaded
    },
  }
}

function keyOf(epoch: number, window: number): string {
  return `${epoch}/${window}`
}
