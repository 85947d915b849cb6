import type { CaptionObservation } from '../../../schemas/observation.js'
import { type Reject, rejectObservation } from '../reject.js'
import { inNameOrder, type Source } from '../source.js'

/**
 * The sources of an image without the texts that were composed of a region in `lost`: nobody looked at the picture for
 * them, so that they are as true as the regions that they count and name. Each is rejected with the ids that are missing.
 * Texts of all others stay: who wrote them may have seen what no rule agrees on.
 */
export function withoutLostTexts(
  sources: readonly Source[],
  lost: ReadonlySet<string>,
): { sources: readonly Source[]; rejects: Reject[] } {
  if (lost.size === 0 || !sources.some(({ composes }) => composes)) return { sources, rejects: [] }
  const rejects: Reject[] = []
  const standing = inNameOrder(sources).map((source): Source => {
    if (!source.composes) return source
    const observations = source.observations.filter((said) => {
      const missing = said.kind === 'caption' ? missingRegions(said, lost) : []
      if (missing.length === 0) return true
      const because = { reason: 'region_not_agreed', rule: 'composed_text', failed: { missing } }
      rejects.push(rejectObservation(source, said, because))
      return false
    })
    return { ...source, observations }
  })
  return { sources: standing, rejects }
}

/** In the order of the text, each once. */
function missingRegions({ phrases }: CaptionObservation, lost: ReadonlySet<string>): string[] {
  return [...new Set(phrases.flatMap(({ region_ids }) => region_ids))].filter((id) => lost.has(id))
}
