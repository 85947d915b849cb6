import type { ImageRecord } from '../../schemas/image.js'
import type { TrueBox } from '../measure/index.js'
import { imagesByName, readCocoTruth } from '../run/coco-truth.js'

/** True boxes of images that people labelled, wherever they come from. */
export interface KnownBoxes {
  /** Where they come from, for the reader. */
  readonly name: string
  /** Canonical labels that were looked for. */
  readonly labels: ReadonlySet<string>
  /** Labelled images, whether or not they are in the run. */
  readonly images: number
  /**
   * The boxes of an image under its `image_id`; null where it was not labelled. Throws FldError `source_invalid` where it
   * cannot be told from another that was asked for.
   */
  boxesOf(image: ImageRecord): readonly TrueBox[] | null
}

/**
 * The boxes of a COCO annotation file, found by an image's file name alone. The file is held in memory. Throws FldError
 * `source_invalid` when it is no such file, or two of its images have one file name.
 */
export async function readKnownBoxes(path: string, options: { signal?: AbortSignal } = {}): Promise<KnownBoxes> {
  const truth = await readCocoTruth(path, options)
  const labelled = imagesByName(truth)
  return {
    name: path,
    labels: new Set(truth.categories.keys()),
    images: truth.images.length,
    boxesOf: (image) => {
      const found = labelled.find(image)
      if (found === undefined) return null
      return (truth.boxes.get(found.id) ?? []).map((box) => ({ ...box, image: image.image_id }))
    },
  }
}
