import { LRUCache } from 'lru-cache'
import { FldError } from '../../schemas/errors.js'

/** Values that are costly to make, kept within a budget of bytes, each made once however many ask for it. */
export interface ByteCache<Value extends object> {
  /**
   * The value under this key, by `load` unless it is there or on its way. A failure is not kept. When the caller
   * whose `load` is under way aborts it, the others load for themselves.
   */
  get(key: string, load: () => Promise<Value>): Promise<Value>
  clear(): void
}

/**
 * A cache of the values least recently used within `byteBudget` bytes. Values in use outside the cache are not counted;
 * one that is larger than the budget is handed out and not kept. Throws FldError `config_invalid`.
 */
export function createByteCache<Value extends object>(options: {
  byteBudget: number
  bytesOf: (value: Value) => number
}): ByteCache<Value> {
  const { byteBudget, bytesOf } = options
  if (!Number.isInteger(byteBudget) || byteBudget < 1) {
    throw new FldError('config_invalid', `the byte budget is ${byteBudget}; it must be a whole number from 1 up`)
  }
  const kept = new LRUCache<string, Value>({
    maxSize: byteBudget,
    sizeCalculation: (value) => Math.max(1, bytesOf(value)),
  })
  const loading = new Map<string, Promise<Value>>()

  function startLoading(key: string, load: () => Promise<Value>): Promise<Value> {
    const started = load().then((value) => {
      if (loading.get(key) === started) kept.set(key, value)
      return value
    })
    loading.set(key, started)
    const forget = (): void => {
      if (loading.get(key) === started) loading.delete(key)
    }
    started.then(forget, forget)
    return started
  }

  return {
    async get(key, load) {
      const there = kept.get(key)
      if (there !== undefined) return there
      const underWay = loading.get(key)
      if (underWay === undefined) return startLoading(key, load)
      try {
        return await underWay
      } catch (thrown) {
        if (thrown instanceof FldError && thrown.code === 'aborted') return this.get(key, load)
        throw thrown
      }
    },
    clear() {
      kept.clear()
      loading.clear()
    },
  }
}
