import { z } from 'zod'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A plan's rules as they were written. */
const writtenRulesSchema = z.object({
  pipeline: z.object({ consensus: z.record(z.string(), z.unknown()).default({}) }),
})

/** A rule that an older version had and this one has not. */
export interface RetiredRule {
  /** As `consensus.<key>` named it. */
  readonly key: string
  readonly value: unknown
}

/**
 * The rules of a run that a replay cannot decide by: reading its plan leaves them out without a word. Sorted by key.
 * Throws FldError `store_missing` where there is no such run.
 */
export async function retiredRules(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<RetiredRule[]> {
  const { pipeline } = await readJson(store, storeLayout.runPlan(run), writtenRulesSchema, options)
  return Object.entries(pipeline.consensus)
    .filter(([key]) => !(key in consensusConfigSchema.shape))
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}
