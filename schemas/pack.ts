import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 lower-case hex digits')

/** Of a file inside its entry's folder: part/part, none of them empty, `.` or `..`, on any operating system. */
export const filePathSchema = z
  .string()
  .refine(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\:]/.test(path),
    {
      error: ({ input }) => `file ${JSON.stringify(input)} leaves the entry's folder: write a relative path, a/b.onnx`,
    },
  )

/** Where the bytes of a file can be had. Tried in order; each is verified against the pinned sha256. */
const sourceSchema = z
  .string()
  .regex(
    /^(folder:.+|npm:(@[^/]+\/)?[^@/]+@[^/]+\/.+|hf:[^@]+@[^/]+\/.+|https?:\/\/.+|s3:\/\/[^/]+\/.+|file:\/\/\/.+)$/,
    'a source is folder:path, npm:package@version/path, hf:owner/repo@revision/path, https://..., s3://bucket/key or file:///path',
  )

const downloadedFileSchema = z.object({
  /** Name inside the entry's cache folder. */
  path: filePathSchema,
  sha256,
  bytes: z.number().int().positive(),
  sources: z.array(sourceSchema).min(1),
})

/**
 * A file of the hub that nobody has pinned yet. It is pinned when it is first pulled: to the commit that its revision
 * names then, and to the bytes that came.
 */
const unpinnedFileSchema = z.strictObject({
  path: filePathSchema,
  sources: z
    .array(
      z
        .string()
        .regex(/^hf:[^@]+@[^/]+\/.+$/, 'a file without sha256 and bytes comes from hf:owner/repo@revision/path'),
    )
    .length(1),
  sha256: z.undefined().optional(),
  bytes: z.undefined().optional(),
})

/** A file made at pull time from other files of the entry; the result is pinned as well. */
const convertedFileSchema = z.object({
  path: filePathSchema,
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

const pinnedFileSchema = z.union([downloadedFileSchema, convertedFileSchema])
/** A file whose bytes are known. */
export type PinnedFile = z.infer<typeof pinnedFileSchema>

const packFileSchema = z.union([downloadedFileSchema, convertedFileSchema, unpinnedFileSchema])
export type PackFile = z.infer<typeof packFileSchema>

/**
 * Number formats of a graph's weights, as Transformers.js names them and the files in `onnx/`: `onnx/model.onnx` is fp32,
 * `onnx/model_fp16.onnx` fp16, `onnx/model_quantized.onnx` q8, and so on.
 */
export const dtypes = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const
const dtypeSchema = z.enum(dtypes)
export type Dtype = z.infer<typeof dtypeSchema>

/** One for every graph of an entry, or one for each by name (`{ vision_encoder: 'fp16' }`); those not named are fp32. */
export const dtypeChoiceSchema = z.union([dtypeSchema, z.record(z.string(), dtypeSchema)], {
  error: `expected one of ${dtypes.join(', ')}, or one for each graph by its name`,
})
export type DtypeChoice = z.infer<typeof dtypeChoiceSchema>

/** What computes an entry's models. It changes no answer beyond rounding, so it is in no digest. */
export const providerSchema = z.enum(['cpu', 'cuda'])

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
    /** Which of the files of a graph are used, where there are several. */
    dtype: dtypeChoiceSchema.default('fp32'),
    provider: providerSchema.default('cpu'),
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

/** An entry all of whose files are pinned: what a run's plan holds, so that every worker has the same bytes. */
export const lockedEntrySchema = packEntrySchema.extend({ files: z.array(pinnedFileSchema).default([]) })
export type LockedEntry = z.infer<typeof lockedEntrySchema>

/** A model pack: the lock file under infra/packs. */
export const packSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    entries: z.array(packEntrySchema).min(1),
  })
  .strict()
export type Pack = z.infer<typeof packSchema>
