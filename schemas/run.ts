import { z } from 'zod'
import { annotationTables } from './annotation.js'
import { consensusConfigSchema } from './consensus-config.js'
import { lockedEntrySchema } from './pack.js'
import { pipelineSchema } from './pipeline.js'

/** A set: the images of one source, packed in shards. `images/<set>/set.json`, written when ingest is complete. */
export const imageSetSchema = z.object({
  set: z.string(),
  source: z.string(),
  shard_size: z.number().int().positive(),
  shards: z.number().int().nonnegative(),
  images: z.number().int().nonnegative(),
  refused: z.record(z.string(), z.number().int()),
  near_duplicates: z.number().int().nonnegative(),
  /** Files of the source that neither look like an image nor are named like one. */
  ignored_files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** Digest of the source's own labels, stored as observations of the annotators of a source; null without labels. */
  label_digest: z.string().nullable(),
})
export type ImageSet = z.infer<typeof imageSetSchema>

/** The checkpoint that an annotator of a run is made of. */
const plannedCheckpointSchema = z.object({
  name: z.string(),
  /** Null: each shard takes the one that is `current` when it begins; the plan then holds none of its files. */
  version: z.number().int().positive().nullable(),
})

/** Versions of checkpoints by name: one for each that a run uses. */
export const checkpointVersionsSchema = z.record(z.string(), z.number().int().positive())
export type CheckpointVersions = Readonly<z.infer<typeof checkpointVersionsSchema>>

/** An annotator as a run uses it: all that decides what it says, so that a worker anywhere needs nothing else. */
export const plannedAnnotatorSchema = z.object({
  /** What the pipeline calls it, else its entry's or checkpoint's name: unique in the run, and what `support` lists. */
  name: z.string(),
  /** As the pipeline names it: `pack/entry`, `checkpoint/<name>` or `checkpoint/<name>@<version>`. */
  use: z.string(),
  required: z.boolean(),
  stage: z.string(),
  resource: z.enum(['cpu', 'gpu', 'io']),
  needs: z.enum(['image', 'regions', 'texts']),
  /** Kinds of observations; `object` alone in plans from before there were others that a vocabulary matters for. */
  produces: z.array(z.string()).default(['object']),
  /** Null for an entry of a pack, and in plans from before there were checkpoints. */
  checkpoint: plannedCheckpointSchema.nullable().default(null),
  /**
   * First 16 hex digits of sha256 over files, options, decoder version and, where it needs regions, all that decides
   * those. Of a checkpoint that follows `current` it lacks the files, and of what sees its regions theirs: a shard puts
   * them in.
   */
  digest: z.string(),
  /** Version of its decoder, which a worker must have too; 0 in plans from before it was kept. */
  decoder: z.number().int().nonnegative().default(0),
  /** The pack's entry with the pipeline's options, dtype and provider laid over its own: the chosen files, all pinned. */
  entry: lockedEntrySchema,
})
export type PlannedAnnotator = z.infer<typeof plannedAnnotatorSchema>

/** A pipeline as a plan keeps it: rules that another version had and this one has not keep nobody from reading what they decided. */
const plannedPipelineSchema = pipelineSchema.extend({ consensus: z.object(consensusConfigSchema.shape).prefault({}) })

/** The command that began a run, so that it can be gone on with by the run's name alone. */
const askedSchema = z.object({
  /** A recipe's name, or the absolute path of a file. */
  pipeline: z.string(),
  /** As `--images` takes it; a path is absolute. */
  images: z.string(),
  image_folder: z.string().nullable(),
  /** Hosts that images may be fetched from. */
  allow_hosts: z.array(z.string()).default([]),
  allow_private_addresses: z.boolean().default(false),
  /** The `--set` settings. */
  set: z.array(z.string()),
  /** `name@version`, or the absolute path of a file. */
  calibration: z.string().nullable(),
})
export type AskedRun = z.infer<typeof askedSchema>

/** `runs/<run>/run.json`: the plan. Immutable: the same command finds it and goes on; another plan is refused. */
export const runPlanSchema = z.object({
  run: z.string(),
  set: z.string(),
  source: z.string(),
  /** Under which the source's own labels are stored as observations of the annotators of a source; null without labels. */
  label_digest: z.string().nullable(),
  pipeline: plannedPipelineSchema,
  annotators: z.array(plannedAnnotatorSchema),
  /** Optional annotators that cannot be used as they are configured here, with the reason: absent in every shard. */
  left_out: z.record(z.string(), z.string()).default({}),
  /** The round whose stored observations this run decides again, without any model; null for a run that annotates. */
  replay_of: z
    .object({
      run: z.string(),
      round: z.number().int().nonnegative(),
      /** The rules by which the annotators of regions and texts were shown what they speak of. */
      shown_under: z.object(consensusConfigSchema.shape),
    })
    .nullable()
    .default(null),
  /** Null for a replay, and in plans from before it was kept. */
  asked: askedSchema.nullable().default(null),
  /** Digest over the set, its labels, the pipeline, and each annotator's digest and family. */
  digest: z.string(),
  created_at: z.string(),
  version: z.string(),
})
export type RunPlan = z.infer<typeof runPlanSchema>

/** A file that a commit makes visible. */
export const committedFileSchema = z.object({
  table: z.enum(annotationTables),
  key: z.string(),
  rows: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string(),
})
export type CommittedFile = z.infer<typeof committedFileSchema>

/** `runs/<run>/rounds/<n>/commits/<shard>.json`: put with If-None-Match: *; exactly one attempt wins. */
export const shardCommitSchema = z.object({
  run: z.string(),
  round: z.number().int().nonnegative(),
  shard: z.string(),
  attempt: z.string(),
  images: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  files: z.array(committedFileSchema),
  /** The attempt whose commit this one took the place of, when the shard was done again; null for the first. */
  supersedes: z.string().nullable().default(null),
  /** Optional annotators that gave nothing for this shard, with the reason. */
  absent: z.record(z.string(), z.string()),
  /** The version of each checkpoint that the shard took up: one for the whole of it. */
  checkpoints: checkpointVersionsSchema.default({}),
  /** Rejects counted by reason. */
  rejects: z.record(z.string(), z.number().int()),
  committed_at: z.string(),
})
export type ShardCommit = z.infer<typeof shardCommitSchema>

/** A shard of a snapshot: the attempt that won, and its files. */
const snapshotShardSchema = z.object({ shard: z.string(), attempt: z.string(), files: z.array(committedFileSchema) })
export type SnapshotShard = z.infer<typeof snapshotShardSchema>

/** `runs/<run>/rounds/<n>/manifest-parts/<sha256>.json`: a stretch of a snapshot's shards, in the order of their names. */
export const manifestPartSchema = z.object({ shards: z.array(snapshotShardSchema) })

/** A part as the manifest names it. */
const namedPartSchema = z.object({
  key: z.string(),
  /** The first and the last of its shards. */
  first: z.string(),
  last: z.string(),
  shards: z.number().int().positive(),
  sha256: z.string(),
  bytes: z.number().int().positive(),
})
export type ManifestPart = z.infer<typeof namedPartSchema>

/**
 * `runs/<run>/rounds/<n>/manifest.json`: closes the snapshot. `manifest-<revision>.json` beside it is the snapshot after
 * commits were superseded. It names its parts with their sha256, and they name the files with theirs: the bytes of the
 * manifest settle all that it stands for.
 */
export const manifestSchema = z.object({
  run: z.string(),
  round: z.number().int().nonnegative(),
  /** 0 for the first snapshot of the round. */
  revision: z.number().int().nonnegative().default(0),
  plan: z.string(),
  set: z.string(),
  images: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  rows: z.record(z.string(), z.number().int()),
  bytes: z.number().int().nonnegative(),
  rejects: z.record(z.string(), z.number().int()),
  /** How many shards each version of a checkpoint annotated, by `name@version`. */
  checkpoints: z.record(z.string(), z.number().int()).default({}),
  /** In how many shards an optional annotator was absent; not in manifests from before there were parts. */
  absent: z.record(z.string(), z.number().int()).optional(),
  /** Where the shards stand, in the order of their names. */
  parts: z.array(namedPartSchema).default([]),
  /** The shards themselves: only in manifests from before there were parts. */
  shards: z.array(snapshotShardSchema).optional(),
  closed_at: z.string(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** `runs/<run>/control.json`: what somebody asked of a run from outside; running where it is absent. */
export const runControlSchema = z.object({
  state: z.enum(['running', 'paused', 'cancelled']),
  asked_at: z.string(),
})
export type RunControl = z.infer<typeof runControlSchema>

/** `runs/<run>/retries/<id>/<shard>.json`: a shard that a retry has done again, well or not. */
export const retriedShardSchema = z.object({
  run: z.string(),
  round: z.number().int(),
  shard: z.string(),
  /** The attempt that is visible now. */
  attempt: z.string(),
  /** Whether what is visible is another than before. */
  changed: z.boolean(),
  finished_at: z.string(),
})
export type RetriedShard = z.infer<typeof retriedShardSchema>

/** `runs/<run>/failures/<round>/<shard>.json`: why a shard could not be committed. A later commit supersedes it. */
export const shardFailureSchema = z.object({
  run: z.string(),
  round: z.number().int(),
  shard: z.string(),
  stage: z.string(),
  annotator: z.string().nullable(),
  code: z.string(),
  message: z.string(),
  failed_at: z.string(),
})
export type ShardFailure = z.infer<typeof shardFailureSchema>
