import { LRUCache } from 'lru-cache'
import { alikeRuns } from '../../src/models/alike-runs.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import type { TextTower } from './text-tower.js'
import { unitVector } from './unit-vector.js'

/** Embeddings of texts, of length 1. */
export interface TextEmbeddings {
  of(texts: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Float32Array>>
  clear(): void
}

/**
 * Embeds each text once while it is among the `kept` last used: labels come back image after image. Several runs of
 * `batch` texts are under way at a time.
 */
export function textEmbeddings(
  tower: TextTower,
  { batch, inFlight, kept }: { batch: number; inFlight: number; kept: number },
): TextEmbeddings {
  const cache = new LRUCache<string, Float32Array>({ max: kept })
  return {
    clear: () => cache.clear(),
    async of(texts, signal) {
      const found = new Map<string, Float32Array>()
      const missing = [...new Set(texts)].filter((text) => {
        const known = cache.get(text)
        if (known !== undefined) found.set(text, known)
        return known === undefined
      })
      const doing = { most: inFlight, signal, action: 'embedding texts' }
      await severalAtOnce(alikeRuns(missing, batch), doing, async (group, either) => {
        const embeddings = await tower.embed(group, either)
        for (const [index, text] of group.entries()) {
          const unit = unitVector(embeddings[index] ?? new Float32Array())
          cache.set(text, unit)
          found.set(text, unit)
        }
      })
      return found
    },
  }
}
