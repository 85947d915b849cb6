import { z } from 'zod'
import { checkpointNameSchema } from './checkpoint.js'
import { pipelineSchema } from './pipeline.js'
import { plannedAnnotatorSchema } from './run.js'

const unit = z.number().min(0).max(1)

/**
 * The rules by which a round's checkpoint and the round before become one. Defaults are a first choice, tuned on no trained
 * checkpoint; each is recorded with the round.
 */
export const mergeRulesSchema = z.strictObject({
  /** What the checkpoint says with a lower score is not heard. Its scores are probabilities of tokens, and low. */
  checkpoint_score: unit.default(0.1),
  /** Its texts and descriptions with a lower score, the mean probability of their tokens, are not heard: it was guessing. */
  text_score: unit.default(0.2),
  /** Boxes above this IoU are at one place. */
  same_place_iou: unit.default(0.5),
  /** An annotation with fewer distinct families than this, a score below `weak_score` and no person behind it is weak. */
  weak_votes: z.number().int().min(0).default(2),
  weak_score: unit.default(0.6),
  /** What a specialist saw with at least this score bears out what the checkpoint proposes: far below what it votes with. */
  witness_score: unit.default(0.05),
  /** A proposed text passes without witnesses when it is as near to the image as this. */
  text_similarity: unit.default(0.25),
  /** Texts of one granularity that a round adds to those that an image has. */
  new_texts: z.number().int().min(0).default(1),
})
export type MergeRules = z.output<typeof mergeRulesSchema>

/**
 * `runs/<run>/rounds/<n>/round.json`: the plan of a round in which a checkpoint annotates again. Immutable: the same command
 * finds it and goes on. Round 0 has none; it is the run's own.
 */
export const roundPlanSchema = z.object({
  run: z.string(),
  round: z.number().int().positive(),
  /** The snapshot that is merged with: of the round before. */
  before: z.object({
    round: z.number().int().nonnegative(),
    revision: z.number().int().nonnegative(),
    /** Of the manifest's bytes, which settle all that it names. */
    manifest_sha256: z.string(),
  }),
  checkpoint: z.object({ name: checkpointNameSchema, version: z.number().int().positive() }),
  /** What the checkpoint is asked, stage by stage. */
  stages: pipelineSchema.shape.stages,
  /** The checkpoint as it is asked in each stage. */
  annotators: z.array(plannedAnnotatorSchema),
  merge: mergeRulesSchema,
  /** Digest over all of the above but the stages, and over the run's own. */
  digest: z.string(),
  created_at: z.string(),
  version: z.string(),
})
export type RoundPlan = z.infer<typeof roundPlanSchema>

const withdrawnRoundSchema = z.object({
  round: z.number().int().positive(),
  withdrawn_at: z.string(),
  /** As whoever withdrew it gave it; empty where nobody did. */
  reason: z.string(),
  /** When that was taken back; null while it holds. */
  restored_at: z.string().nullable().default(null),
})

/**
 * `runs/<run>/withdrawn.json`: rounds that are not what the run stands at, whatever they hold: readers who name no round, and the
 * round after them, pass them over. They stay as they are. Every withdrawal so far, oldest first. Replaced only if nobody else
 * has replaced it.
 */
export const withdrawnRoundsSchema = z.object({ rounds: z.array(withdrawnRoundSchema) })
export type WithdrawnRounds = z.infer<typeof withdrawnRoundsSchema>
