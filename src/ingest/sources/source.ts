import { FldError } from '../../../schemas/errors.js'
import type { RefusalReason } from '../../../schemas/image.js'

/** A box that the source itself gives: pixels of the image after EXIF orientation, x1 y1 x2 y2, not yet checked. */
export interface LabelledBox {
  readonly label: string
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number]
  /** True for one box around many of them, as COCO's crowds and Open Images' groups; absent for a single one. */
  readonly is_group?: true
}

/** What a source says about one image. */
export interface SourceLabels {
  /** Null where nobody looked for objects: an empty list says that there are none. */
  readonly boxes: readonly LabelledBox[] | null
  readonly captions: readonly string[]
  readonly alt_text: string | null
  /** Width and height in pixels of the picture that the boxes were drawn on, where the source tells. */
  readonly drawn_on: { readonly width: number; readonly height: number } | null
  /** Labels that could not be read, and why. */
  readonly notes: readonly string[]
}

/** One file of a source that may be an image. */
export interface SourceItem {
  /** For people: absolute path, s3:// uri, or `file.tar#member`. */
  readonly source: string
  /** The file's name, for its extension. */
  readonly name: string
  /** True where the source says that this is an image (a row of a manifest); a folder only has files. */
  readonly listed: boolean
  readonly labels: SourceLabels | null
  /**
   * The encoded bytes. Throws FldError `image_refused` (see `refusedItem`) where the fault is this file's own: missing,
   * denied, longer than the limit. Any other error is the source's and ends the ingest, which can be continued.
   */
  read(): Promise<Uint8Array>
  /** The first 1,024 bytes or fewer: enough to tell an image from any other file. */
  head(): Promise<Uint8Array>
}

export const sourceKinds = ['folder', 'list', 'jsonl', 'csv', 'coco', 's3', 'webdataset'] as const
export type SourceKind = (typeof sourceKinds)[number]

export interface ItemOptions {
  /** Leaves out that many of the first items, without reading their bytes where it can. */
  readonly from?: number
  /** A longer file is refused without being read, in bytes. */
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/** Where images come from. Nothing of it is held in memory as a whole. */
export interface ImageSource {
  readonly kind: SourceKind
  /** As a person would name it: absolute path or s3:// uri. */
  readonly uri: string
  /** Whether images of this kind of source can carry labels. */
  readonly labelled: boolean
  /** Every item, always in the same order. */
  items(options: ItemOptions): AsyncIterable<SourceItem>
  /** A line for everything whose change makes another set: names with sizes and times, or etags. */
  versions(options: { signal?: AbortSignal | undefined }): AsyncIterable<string>
  close(): Promise<void>
}

/** The error of an item that cannot be read for a reason of its own. */
export function refusedItem(reason: RefusalReason, detail: string, bytes: number | null = null): FldError {
  return new FldError('image_refused', detail, { details: { reason, bytes } })
}
