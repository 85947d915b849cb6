import { alikeRuns } from '../../src/models/alike-runs.js'
import type { ImageFeatures } from './image-features.js'

/** A request as far as it is prepared. */
export interface PromptedRow {
  /** Of its request. */
  readonly index: number
  readonly prompt: readonly number[]
  readonly features: ImageFeatures
}

/** Prompts that differ by less are padded to each other: an image takes hundreds of places beside them. */
const alikeLength = 48

/** Rows that decode together, one group at least for each session that would else stand idle: the longest prompts first. */
export function rowGroups(rows: readonly PromptedRow[], sessions: number): PromptedRow[][] {
  const most = Math.max(1, Math.ceil(rows.length / sessions))
  const longestFirst = [...rows].sort((a, b) => b.prompt.length - a.prompt.length)
  return alikeRuns(longestFirst, most, ({ prompt }) => String(Math.ceil(prompt.length / alikeLength)))
}
