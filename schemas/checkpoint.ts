import { z } from 'zod'
import { filePathSchema } from './pack.js'

/** As `checkpoint/<name>` in a pipeline names it. */
export const checkpointNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'a checkpoint is named with lower-case letters, digits and dashes, at most 100')

const versionSchema = z.number().int().positive()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A file of a checkpoint. */
const checkpointFileSchema = z.object({
  /** In the Transformers.js layout: `config.json`, `onnx/vision_encoder_fp16.onnx`. */
  path: filePathSchema,
  bytes: z.number().int().positive(),
  sha256,
})
export type CheckpointFile = z.infer<typeof checkpointFileSchema>

/** The snapshot that a checkpoint was trained on: a closed round of a run of the same store. */
const snapshotLineageSchema = z.object({
  run: z.string(),
  round: z.number().int().nonnegative(),
  /** Of the round's manifest: 0 before commits were superseded. */
  revision: z.number().int().nonnegative().default(0),
  /** Of the bytes of that manifest, which by way of its parts names every file with its sha256. */
  manifest_sha256: sha256,
})
export type SnapshotLineage = z.infer<typeof snapshotLineageSchema>

/**
 * `checkpoints/<name>/<version>/checkpoint.json`: a version of a checkpoint. Written once, last, when all its files are
 * there; never changed.
 */
export const checkpointSchema = z.object({
  name: checkpointNameSchema,
  /** 1, 2, 3... in the order in which they were added. */
  version: versionSchema,
  /** sha256 over path and sha256 of all files, sorted by path: the same weights have the same digest. */
  digest: sha256,
  files: z.array(checkpointFileSchema).min(1),
  lineage: z.object({
    /** Where its files came from, as a person would name it. */
    source: z.string(),
    /** What it was trained on; null where that was not said. */
    from_snapshot: snapshotLineageSchema.nullable(),
    /** The version that was `current` when it was added, which its round was annotated with; null where none was. */
    parent: versionSchema.nullable(),
  }),
  annotator: z.literal('florence2'),
  family: z.literal('florence2'),
  licence: z.string(),
  created_at: z.string(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

const checkpointMoveSchema = z.object({
  version: versionSchema,
  moved_at: z.string(),
  by: z.enum(['promote', 'rollback']),
  /** What the gate last said of it: what let it pass, unless it was forced; null where it was not asked. */
  gate: z.string().nullable().default(null),
  /** Why it was promoted past the gate. */
  forced: z.string().nullable().default(null),
})
export type CheckpointMove = z.infer<typeof checkpointMoveSchema>

/** `checkpoints/<name>/current.json`: the version that annotates now. Replaced only if nobody else has replaced it. */
export const currentCheckpointSchema = z.object({
  name: checkpointNameSchema,
  version: versionSchema,
  digest: sha256,
  moved_at: z.string(),
  /** Every move so far, oldest first; the last one led to `version`. */
  history: z.array(checkpointMoveSchema).min(1),
})
export type CurrentCheckpoint = z.infer<typeof currentCheckpointSchema>
