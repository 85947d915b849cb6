import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { canonicalLabels } from '../../../schemas/vocabularies/index.js'
import type { Source } from '../source.js'

/** Who could have said which label: what abstention is decided by. */
export interface Electorate {
  /** Families that know the label and could look at the image. */
  familiesFor(label: string): ReadonlySet<string>
}

const nobody: ReadonlySet<string> = new Set()

/**
 * Families with an open vocabulary, people, annotators of weight 0, and annotators that failed on the image never count by
 * their silence.
 */
export function electorateOf(sources: readonly Source[], config: ConsensusConfig): Electorate {
  const families = new Map<string, Set<string>>()
  for (const { annotator, family, vocabulary, human, failure } of sources) {
    if (vocabulary === null || human || failure !== null || config.sources[annotator]?.weight === 0) continue
    for (const label of canonicalLabels(vocabulary)) {
      const known = families.get(label)
      if (known === undefined) families.set(label, new Set([family]))
      else known.add(family)
    }
  }
  return { familiesFor: (label) => families.get(label) ?? nobody }
}

/** Whether another family than its own knows a label: only then is there something to weigh an annotator against. */
export function isShared(electorate: Electorate, label: string, family: string): boolean {
  for (const other of electorate.familiesFor(label)) if (other !== family) return true
  return false
}
