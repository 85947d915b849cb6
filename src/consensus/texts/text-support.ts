import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { canonicalLabel, canonicalLabels, vocabularyOf, wider } from '../../../schemas/vocabularies/index.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import { distinct, type Source } from '../source.js'
import type { TextFault } from './filters/text-faults.js'

/** A text to be checked: canonical labels of what it names, and whether a person wrote it. */
export interface NamingText {
  readonly labels: readonly string[]
  readonly human: boolean
}

/** Where to look for what bears the texts of an image out. */
export interface EvidenceQuestion {
  /** Agreed regions. */
  readonly regions: readonly Pick<DecidedRegion, 'kind' | 'label' | 'alternatives'>[]
  /** All annotators of the image: their vocabularies say what could have been seen, their weak boxes what may have been. */
  readonly sources: readonly Source[]
  readonly config: ConsensusConfig
}

/** What there is to bear the texts of an image out: the same for all of them. */
export interface Evidence {
  /** For each detector of the run, the canonical labels of its vocabulary. */
  readonly seeable: readonly ReadonlySet<string>[]
  /** Every label that anything in the image may have. */
  readonly seen: ReadonlySet<string>
  /** All that is wider than one of these. */
  readonly wider: ReadonlySet<string>
}

export interface SupportQuestion {
  readonly evidence: Evidence
  /** Of the text to the image; null where none was measured. */
  readonly similarity: number | null
  readonly config: ConsensusConfig
}

/** What of a text is borne out. */
export interface TextSupport {
  /** Labels that some detector of the run knows, itself or under a wider name, sorted. */
  readonly checkable: readonly string[]
  /** Those of them that no region, and no box of any detector, bears out, sorted. */
  readonly unsupported: readonly string[]
  /** Why the text is rejected for it; null where it is not. */
  readonly fault: TextFault | null
}

/**
 * The check for things that a text makes up. A label is borne out by an agreed region, by a label that lost on it, or by any
 * detector's or person's box of `support_score`, of the same, a wider or a narrower label. A text falls when too great a share
 * of what could be checked is not, unless it is near to the image by `text_similarity`. What people wrote never falls by it:
 * they saw the picture, and detectors miss most of what is small or hidden. For final decisions: earlier there are no
 * similarities.
 */
export function checkSupport(text: NamingText, question: SupportQuestion): TextSupport {
  const { evidence, similarity, config } = question
  const checkable = text.labels.filter((label) =>
    [label, ...wider(label)].some((name) => evidence.seeable.some((labels) => labels.has(name))),
  )
  const unsupported = checkable.filter((label) => !isSeen(label, evidence))
  const share = checkable.length === 0 ? 0 : unsupported.length / checkable.length
  const isNear = similarity !== null && similarity >= config.text_similarity
  if (text.human || isNear || share <= config.max_unsupported) return { checkable, unsupported, fault: null }
  const failed = { unsupported, share, highest: config.max_unsupported, similarity, lowest: config.text_similarity }
  return { checkable, unsupported, fault: { reason: 'unsupported_objects', rule: 'max_unsupported', failed } }
}

/** Gathers, once for all texts of an image, what may bear them out. */
export function textEvidence(question: EvidenceQuestion): Evidence {
  const seen = seenLabels(question)
  return {
    seeable: question.sources.flatMap((source) =>
      isDetector(source) ? [new Set(canonicalLabels(source.vocabulary))] : [],
    ),
    seen: new Set(seen),
    wider: new Set(seen.flatMap((label) => wider(label))),
  }
}

/** Silence of a source says something where it has labels to say, no person chose which, and it looked at the image. */
function isDetector(source: Source): source is Source & { vocabulary: readonly string[] } {
  return source.vocabulary !== null && !source.human && source.failure === null
}

function seenLabels({ regions, sources, config }: EvidenceQuestion): string[] {
  const agreed = regions
    .filter(({ kind }) => kind === 'object')
    .flatMap((region) => [region.label, ...region.alternatives])
  const boxes = sources.flatMap(({ observations, human, vocabulary }) => {
    const name = vocabularyOf(vocabulary)
    return observations.flatMap((seen) =>
      seen.kind === 'object' && (human || seen.score >= config.support_score) ? [canonicalLabel(seen.label, name)] : [],
    )
  })
  return distinct([...agreed, ...boxes])
}

/** By the same label, by a wider one or by a narrower one. */
function isSeen(label: string, evidence: Evidence): boolean {
  return [label, ...wider(label)].some((name) => evidence.seen.has(name)) || evidence.wider.has(label)
}
