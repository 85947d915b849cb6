import { z } from 'zod'
import { annotatorUseSchema, runNameSchema } from './annotator-use.js'
import { consensusConfigSchema } from './consensus-config.js'
import { ingestLimitsSchema } from './ingest-limits.js'

/** Annotators that run beside each other. Later stages see the regions that consensus agreed on from the earlier ones. */
const stageSchema = z.object({ name: runNameSchema, annotators: z.array(annotatorUseSchema).min(1) }).strict()

/** A pipeline: which annotators, in what order, decided how. A recipe in pipelines/ or a YAML file of the user's. */
export const pipelineSchema = z
  .object({
    name: runNameSchema,
    description: z.string().default(''),
    stages: z.array(stageSchema).min(1),
    consensus: consensusConfigSchema.prefault({}),
    ingest: ingestLimitsSchema.prefault({}),
    /** Images in a shard. */
    shard_size: z.number().int().min(1).max(10_000).default(256),
    /** Images an annotator is handed at once. */
    batch_size: z.number().int().min(1).max(256).default(8),
    /** What an annotator may take for one image, in seconds; an image that takes longer is quarantined. */
    image_timeout_s: z.number().min(1).max(86_400).default(600),
  })
  .strict()
export type Pipeline = z.output<typeof pipelineSchema>
/** As a recipe is written: defaults may be left out. */
export type PipelineRecipe = z.input<typeof pipelineSchema>
