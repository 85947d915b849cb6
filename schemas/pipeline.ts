import { z } from 'zod'
import { consensusConfigSchema } from './consensus-config.js'
import { ingestLimitsSchema } from './ingest-limits.js'
import { dtypeChoiceSchema, providerSchema } from './pack.js'

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'names are lower-case letters, digits and dashes')

/** An annotator of a stage with settings of its own. */
const annotatorUseSchema = z
  .object({
    /** `pack/entry`. */
    use: z.string(),
    /** A required annotator that fails fails the shard; an optional one may be absent, and the rows say so. */
    required: z.boolean().default(true),
    /** Laid over the entry's own options. */
    options: z.record(z.string(), z.unknown()).default({}),
    /** Instead of the entry's own. */
    dtype: dtypeChoiceSchema.optional(),
    /** Instead of the entry's own; what runs on `cuda` waits in the queue of machines with a GPU. */
    provider: providerSchema.optional(),
  })
  .strict()

/** `pack/entry`, or with settings. */
const stagedAnnotatorSchema = z.union(
  [
    z.string().transform((use): z.output<typeof annotatorUseSchema> => ({ use, required: true, options: {} })),
    annotatorUseSchema,
  ],
  {
    // What is wrong with the settings, where there are any: that it is no plain name either helps nobody.
    error: (issue) =>
      issue.code !== 'invalid_union' || typeof issue.input !== 'object'
        ? undefined
        : issue.errors
            .at(-1)
            ?.map(({ path, message }) => [path.join('.'), message].filter((part) => part !== '').join(': '))
            .join('; '),
  },
)

/** Annotators that run beside each other. Later stages see the regions that consensus agreed on from the earlier ones. */
const stageSchema = z.object({ name, annotators: z.array(stagedAnnotatorSchema).min(1) }).strict()

/** A pipeline: which annotators, in what order, decided how. A recipe in pipelines/ or a YAML file of the user's. */
export const pipelineSchema = z
  .object({
    name,
    description: z.string().default(''),
    stages: z.array(stageSchema).min(1),
    consensus: consensusConfigSchema.prefault({}),
    ingest: ingestLimitsSchema.prefault({}),
    /** Images in a shard. */
    shard_size: z.number().int().min(1).max(10_000).default(256),
    /** Images an annotator is handed at once. */
    batch_size: z.number().int().min(1).max(256).default(8),
  })
  .strict()
export type Pipeline = z.output<typeof pipelineSchema>
/** As a recipe is written: defaults may be left out. */
export type PipelineRecipe = z.input<typeof pipelineSchema>
export type AnnotatorUse = Pipeline['stages'][number]['annotators'][number]
