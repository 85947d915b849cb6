import { z } from 'zod'
import { dtypeChoiceSchema, providerSchema } from './pack.js'

/** Of a pipeline, a stage or an annotator of a run. */
export const runNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'names are lower-case letters, digits and dashes')

/** An annotator of a stage with settings of its own. */
const annotatorSettingsSchema = z
  .object({
    /** `pack/entry`, or `checkpoint/<name>` with `@<version>` where it is not to follow what is promoted. */
    use: z.string(),
    /** Its name in the run, where the entry's or checkpoint's own is taken: a checkpoint may stand in several stages. */
    as: runNameSchema.optional(),
    /** Of a checkpoint: the annotator of the registry that runs it; `florence2` when absent. A pack's entry names its own. */
    annotator: z.string().optional(),
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

/** An annotator as a pipeline uses it. */
export type AnnotatorUse = z.output<typeof annotatorSettingsSchema>

/** `pack/entry` or `checkpoint/<name>`, plain or with settings. */
export const annotatorUseSchema = z
  .union(
    [z.string().transform((use): AnnotatorUse => ({ use, required: true, options: {} })), annotatorSettingsSchema],
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
  .superRefine(({ use, annotator }, context) => {
    const checkpoint = checkpointOf(use)
    if (use.startsWith(checkpointPrefix) && checkpoint === null) {
      const message = `"${use}" names no checkpoint: write checkpoint/<name>, or checkpoint/<name>@<version> with a version of 1, 2, 3...`
      context.addIssue({ code: 'custom', path: ['use'], message, input: use })
    }
    if (annotator !== undefined && checkpoint === null) {
      const message = `only a checkpoint is told its annotator; that of "${use}" stands in its pack`
      context.addIssue({ code: 'custom', path: ['annotator'], message, input: annotator })
    }
  })

const checkpointPrefix = 'checkpoint/'

/** A checkpoint as a pipeline names it. */
export interface CheckpointUse {
  readonly name: string
  /** Null: the one that is `current` when a shard begins. */
  readonly version: number | null
}

/** The checkpoint that `checkpoint/<name>` or `checkpoint/<name>@<version>` names; null for what is no checkpoint. */
export function checkpointOf(use: string): CheckpointUse | null {
  const [, name, version] = /^checkpoint\/([a-z0-9][a-z0-9-]*)(?:@([1-9]\d{0,8}))?$/.exec(use) ?? []
  if (name === undefined) return null
  return { name, version: version === undefined ? null : Number(version) }
}

/** How rows, manifests and people name a version of a checkpoint: `base@2`. */
export function checkpointLabel(name: string, version: number): string {
  return `${name}@${version}`
}

/** The name of an annotator in its run: as the pipeline says, else its entry's or its checkpoint's. */
export function annotatorName({ as, use }: Pick<AnnotatorUse, 'as' | 'use'>): string {
  return as ?? checkpointOf(use)?.name ?? use.slice(use.lastIndexOf('/') + 1)
}
