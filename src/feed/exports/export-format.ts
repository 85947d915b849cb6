import type { Sample } from '../../../schemas/feed.js'
import type { ImageRecord, Split } from '../../../schemas/image.js'
import type { AnnotatedImage } from '../samples/annotated-image.js'

/** An image of an export: its rows, its samples, its bytes. */
export interface ImageToExport {
  readonly annotated: AnnotatedImage
  readonly samples: readonly Sample[]
  /** Turned upright where it was stored otherwise: boxes are of the upright image. */
  encoded(): Promise<Uint8Array>
}

/** A shard of the snapshot; only images of the splits that were asked for. */
export interface ShardToExport {
  readonly shard: string
  readonly images: readonly ImageToExport[]
}

/** A file of an export, by its key. */
export interface ExportFile {
  readonly key: string
  readonly body: Uint8Array
}

/** A file over all shards, made while it is written. */
export interface WholeFile {
  readonly key: string
  readonly chunks: () => AsyncIterable<Uint8Array>
}

/** All that is exported, to be gone through as often as a format wants. */
export interface SnapshotToExport {
  /** Those that were asked for and have images. */
  readonly splits: readonly Split[]
  shards(): AsyncIterable<ShardToExport>
  /** The length of a file that was written for a shard. */
  bytesOf(key: string): Promise<number>
}

/** What the card of an export depends on. */
export interface CardOptions {
  /** Those that have images. */
  readonly splits: readonly Split[]
  readonly images: boolean
}

/** How a snapshot is laid out for a consumer. The same snapshot and options give the same bytes. */
export interface ExportFormat {
  /** Training samples, as the feed has them; or rows of the tables. */
  readonly of: 'samples' | 'rows'
  /** For the dataset card, in Markdown: how it is opened, and what stands in it. */
  reading(options: CardOptions): string
  /** YAML before the card, for a consumer that reads it. */
  frontMatter?(options: CardOptions): string
  /** Files of one shard: each is written whole, and none again that is there. */
  shardFiles(shard: ShardToExport, options: { readonly images: boolean }): AsyncIterable<ExportFile>
  /** Files over all shards, written once all shards are. */
  wholeFiles(snapshot: SnapshotToExport): AsyncIterable<WholeFile> | Iterable<WholeFile>
}

/** The name of an image's file. */
export function imageName({ image_id, format }: ImageRecord): string {
  return `${image_id}.${format === 'jpeg' ? 'jpg' : format}`
}

/** What every card of samples says of their texts. */
export const sampleTexts =
  'Prompts and targets are those of Florence-2, byte for byte; boxes of targets are location tokens, a thousandth of a side each. `weight` is how often a sample comes in an epoch, on average.'

/** A sample as JSON beside its image. */
export function toldSample({ sample_id, task, prompt, target, weight }: Sample): object {
  return { sample_id, task, prompt, target, weight }
}

const utf8 = new TextEncoder()

export function textBytes(text: string): Uint8Array {
  return utf8.encode(text)
}

/** Images as files of their own, in a folder for each split: of the split's name unless it has another. */
export async function* imageFiles(
  { images }: ShardToExport,
  options: { readonly images: boolean; readonly folder?: (split: Split) => string },
): AsyncGenerator<ExportFile, void, undefined> {
  if (!options.images) return
  for (const { annotated, encoded } of images) {
    const { split } = annotated.image
    yield { key: `${options.folder?.(split) ?? split}/${imageName(annotated.image)}`, body: await encoded() }
  }
}

/** A JSON Lines file of a split. */
export function jsonLines(
  key: string,
  split: Split,
  { snapshot, lines }: { snapshot: SnapshotToExport; lines: (image: ImageToExport) => readonly object[] },
): WholeFile {
  return {
    key,
    async *chunks() {
      for await (const { images } of snapshot.shards()) {
        const own = images.filter(({ annotated }) => annotated.image.split === split)
        const text = own.flatMap((image) => lines(image).map((line) => `${JSON.stringify(line)}\n`)).join('')
        if (text !== '') yield textBytes(text)
      }
    },
  }
}
