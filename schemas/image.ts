import { z } from 'zod'

/** Formats that ingest lets in; everything else is refused with a reason. */
export const imageFormats = ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const
export type ImageFormat = (typeof imageFormats)[number]

export const splits = ['train', 'validation', 'test'] as const
export type Split = (typeof splits)[number]

/** What is never trained on, so that a checkpoint can be judged by it. */
export const heldOutSplits = ['validation', 'test'] as const satisfies readonly Split[]

/** Why ingest refused a file. Kept as data beside the images, so that nothing is lost silently. */
export const refusalReasons = [
  'zero_bytes',
  'not_an_image',
  'truncated',
  'unreadable',
  'unsupported_format',
  'too_many_pixels',
  'too_many_bytes',
  'too_small',
  'animated',
  'exact_duplicate',
  'source_missing',
  'source_denied',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** An image of a set, as packed at ingest. */
export const imageRecordSchema = z.object({
  /** The first 24 hex digits of `sha256`. */
  image_id: z.string().regex(/^[0-9a-f]{24}$/),
  shard: z.string(),
  /** Where it came from: path, s3:// uri or tar member (`file.tar#member`). */
  source: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** 64-bit perceptual hash as 16 hex digits. */
  phash: z.string().regex(/^[0-9a-f]{16}$/),
  /** image_id of an earlier image whose perceptual hash is near, or null. */
  near_duplicate_of: z.string().nullable(),
  /** Pixels, after EXIF orientation. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  format: z.enum(imageFormats),
  /** Length of the encoded bytes. */
  bytes: z.number().int().positive(),
  split: z.enum(splits),
  /** What was noticed and handled: wrong extension, CMYK, 16-bit, alpha, EXIF orientation. */
  notes: z.array(z.string()),
  /** Where the encoded bytes start in the shard's tar. */
  tar_offset: z.number().int().nonnegative(),
})
export type ImageRecord = z.infer<typeof imageRecordSchema>

/** A file of the source that is not in the set, and why. */
export const refusedImageSchema = z.object({
  source: z.string(),
  shard: z.string(),
  reason: z.enum(refusalReasons),
  detail: z.string(),
  sha256: z.string().nullable(),
  bytes: z.number().int().nonnegative().nullable(),
})
export type RefusedImage = z.infer<typeof refusedImageSchema>

/** `images/<set>/<shard>.intake.json`: what a shard's stretch of the source came to. */
export const shardIntakeSchema = z.object({
  shard: z.string(),
  /** Position in the source of the first item after this shard: where a continued ingest goes on. */
  next_ordinal: z.number().int().nonnegative(),
  images: z.number().int().nonnegative(),
  /** Length of the images' encoded bytes together. */
  bytes: z.number().int().nonnegative(),
  near_duplicates: z.number().int().nonnegative(),
  /** Counted by reason. */
  refused: z.record(z.string(), z.number().int()),
  ignored_files: z.number().int().nonnegative(),
  /** Images that came with labels of the source. */
  labelled_images: z.number().int().nonnegative(),
})
export type ShardIntake = z.infer<typeof shardIntakeSchema>

/** The stable id of an image from the sha256 of its encoded bytes. */
export function imageIdOf(sha256: string): string {
  return sha256.slice(0, 24)
}

/** The split of an image from its hash alone: about 98 % train, 1 % validation, 1 % test; the same in every set and round. */
export function splitOf(sha256: string): Split {
  const bucket = Number.parseInt(sha256.slice(-8), 16) % 100
  if (bucket === 0) return 'validation'
  return bucket === 1 ? 'test' : 'train'
}
