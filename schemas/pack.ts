import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 lower-case hex digits')

/** Where the bytes of a file can be had. Tried in order; each is verified against the pinned sha256. */
const sourceSchema = z
  .string()
  .regex(
    /^(folder:.+|npm:(@[^/]+\/)?[^@/]+@[^/]+\/.+|hf:[^@]+@[^/]+\/.+|https?:\/\/.+|s3:\/\/[^/]+\/.+)$/,
    'a source is folder:path, npm:package@version/path, hf:owner/repo@revision/path, https://... or s3://bucket/key',
  )

const downloadedFileSchema = z.object({
  /** Name inside the pack's cache folder. */
  path: z.string(),
  sha256,
  bytes: z.number().int().positive(),
  sources: z.array(sourceSchema).min(1),
})

/** A file made at pull time from other files of the entry; the result is pinned as well. */
const convertedFileSchema = z.object({
  path: z.string(),
  sha256,
  bytes: z.number().int().positive(),
  convert: z.object({
    from: z.literal('tfjs-graph-model'),
    /** Paths of downloaded files of this entry: topology, then weights. */
    inputs: z.array(z.string()).min(2),
    /** Output tensor names to keep, in order; all graph outputs when absent. */
    outputs: z.array(z.string()).optional(),
  }),
})

export const packFileSchema = z.union([downloadedFileSchema, convertedFileSchema])
export type PackFile = z.infer<typeof packFileSchema>

/** One annotator of a pack: its model files, decoder and options. */
export const packEntrySchema = z
  .object({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    /** The worker that runs it: a name of the registry in workers/. */
    annotator: z.string(),
    /** Distinct families vote; two sizes of one architecture trained on one dataset are one family. */
    family: z.string(),
    licence: z.string(),
    /** Who made the weights. */
    origin: z.string().default(''),
    files: z.array(packFileSchema).default([]),
    /** The annotator's options: checked by the worker's own schema. */
    options: z.record(z.string(), z.unknown()).default({}),
    /** What labels it can say: the name of a vocabulary in schemas/vocabularies, or the labels in class order; null when it has none. */
    vocabulary: z
      .union([z.string(), z.array(z.string()).min(1)])
      .nullable()
      .default(null),
  })
  .strict()
export type PackEntry = z.infer<typeof packEntrySchema>

/** A model pack: the lock file under infra/packs. */
export const packSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    entries: z.array(packEntrySchema).min(1),
  })
  .strict()
export type Pack = z.infer<typeof packSchema>
