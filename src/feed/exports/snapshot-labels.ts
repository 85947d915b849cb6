import { categoryOf } from '../samples/object-drafts.js'
import type { SnapshotToExport } from './export-format.js'

/** The categories of all objects that are exported, sorted: numbers of labels are places in this list. */
export async function snapshotLabels(snapshot: SnapshotToExport): Promise<string[]> {
  const labels = new Set<string>()
  for await (const { images } of snapshot.shards()) {
    for (const { annotated } of images) {
      for (const row of annotated.region_text) if (row.kind === 'object') labels.add(categoryOf(row))
    }
  }
  return [...labels].sort()
}
