import type { RegionTextRow } from '../../../schemas/annotation.js'
import type { AnnotatedImage } from '../samples/annotated-image.js'
import { categoryOf } from '../samples/object-drafts.js'
import type { SnapshotToExport } from './export-format.js'

/** The categories of all objects that are exported, sorted: numbers of labels are places in this list. */
export async function snapshotLabels(
  snapshot: SnapshotToExport,
  objectsOf: (annotated: AnnotatedImage) => readonly RegionTextRow[],
): Promise<string[]> {
  const labels = new Set<string>()
  for await (const { images } of snapshot.shards()) {
    for (const { annotated } of images) {
      for (const row of objectsOf(annotated)) labels.add(categoryOf(row))
    }
  }
  return [...labels].sort()
}
