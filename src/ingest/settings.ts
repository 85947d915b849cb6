import { z } from 'zod'
import { ingestLimitsSchema } from '../../schemas/ingest-limits.js'

/** What ingest lets in and how it packs. Part of the set's name: other settings make another set. */
export const ingestSettingsSchema = ingestLimitsSchema.extend({
  /** Images in a shard. */
  shard_size: z.number().int().min(1).max(10_000).default(256),
})
export type IngestSettings = z.output<typeof ingestSettingsSchema>
