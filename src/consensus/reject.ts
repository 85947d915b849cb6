import type { RejectRow } from '../../schemas/annotation.js'
import type { Observation, ObservationKind } from '../../schemas/observation.js'
import { distinct, type Observed } from './source.js'

/** What did not pass, why, and the values that failed: a reject row before it is tied to a shard and a round. */
export interface Reject extends Pick<RejectRow, 'kind' | 'stage' | 'reason' | 'rule' | 'support' | 'votes' | 'score'> {
  readonly payload: Readonly<Record<string, unknown>>
  readonly failed: Readonly<Record<string, unknown>>
}

/** The observations behind a decision as a payload keeps them: who said what, raw. */
export function withAnnotator(observed: readonly Observed[]): Record<string, unknown>[] {
  return observed.map(({ annotator, observation }) => ({ annotator, ...observation }))
}

const rejectKinds = {
  object: 'object',
  text_region: 'text_region',
  image_text: 'text',
  proposed_region: 'object',
  caption: 'text',
  region_caption: 'text',
  rejected_text: 'text',
  similarity: 'text',
  grounded_phrase: 'phrase',
  mask: 'mask',
} as const satisfies Record<ObservationKind, Reject['kind']>

/** One observation that a rule stopped before it could join a region. */
export function rejectObservation(
  source: { readonly annotator: string },
  observation: Observation,
  because: Pick<Reject, 'reason' | 'rule' | 'failed'>,
): Reject {
  return {
    kind: rejectKinds[observation.kind],
    stage: 'consensus',
    ...because,
    support: [source.annotator],
    votes: 1,
    score: Number.isFinite(observation.score) ? Math.min(1, Math.max(0, observation.score)) : 0,
    payload: { observations: [{ annotator: source.annotator, ...observation }] },
  }
}

/** Annotators and families behind observations. */
export function supportOf(observed: readonly Observed[]): { support: string[]; votes: number } {
  return {
    support: distinct(observed.map((each) => each.annotator)),
    votes: new Set(observed.map((each) => each.family)).size,
  }
}
