import type { RunPlan } from '../../schemas/run.js'
import type { RunSummary } from '../run/run-summary.js'
import type { TypeStatistics } from './annotation-statistics.js'
import type { DetectionAccuracy } from './detection-accuracy.js'
import type { RejectGroup } from './reject-statistics.js'
import type { Agreement } from './source-agreement.js'
import type { SourceFigures } from './source-costs.js'
import type { SpatialCoverage } from './spatial-coverage.js'
import type { GranularitySemantics } from './text-semantics.js'

/** What a round of a run amounts to: `report.json` as it is, and what the other forms are written from. */
export interface RunReport {
  readonly kind: 'fld-report'
  readonly version: 1
  /** Where the round stands; one that is not closed is reported as far as its shards are committed. */
  readonly summary: RunSummary
  /** Null while the round is open. */
  readonly closed_at: string | null
  readonly replay_of: RunPlan['replay_of']
  /** Table 2 of the Florence-2 paper. */
  readonly annotations: readonly TypeStatistics[]
  /** Table 3. */
  readonly semantics: readonly GranularitySemantics[]
  /** Figure 5. */
  readonly coverage: readonly SpatialCoverage[]
  readonly agreement: Agreement
  readonly rejects: readonly RejectGroup[]
  readonly sources: readonly SourceFigures[]
  /** Null without labels. */
  readonly accuracy: DetectionAccuracy | null
  /** Where a figure is far from FLD-5B's, or missing, and why as far as the run tells. */
  readonly hints: readonly string[]
}
