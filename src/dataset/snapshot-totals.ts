import { annotationTables } from '../../schemas/annotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { CommittedFile, Manifest, ShardCommit } from '../../schemas/run.js'

/** What a manifest says of its shards together. */
export interface SnapshotTotals
  extends Pick<Manifest, 'images' | 'refused' | 'rows' | 'bytes' | 'rejects' | 'checkpoints'> {
  /** In how many shards an optional annotator was absent. */
  absent: Record<string, number>
}

/** The totals of no shard: every table is there, with no row. */
export function emptyTotals(): SnapshotTotals {
  const rows = Object.fromEntries(annotationTables.map((table) => [table, 0]))
  return { images: 0, refused: 0, rows, bytes: 0, rejects: {}, checkpoints: {}, absent: {} }
}

/** Adds one commit to the totals. */
export function addCommit(totals: SnapshotTotals, commit: ShardCommit): void {
  totals.images += commit.images
  totals.refused += commit.refused
  for (const file of commit.files) addFile(totals, file)
  for (const [reason, count] of Object.entries(commit.rejects)) addCount(totals.rejects, reason, count)
  for (const annotator of Object.keys(commit.absent)) addCount(totals.absent, annotator, 1)
  for (const [name, version] of Object.entries(commit.checkpoints)) {
    addCount(totals.checkpoints, checkpointLabel(name, version), 1)
  }
}

/** Adds one file's rows and bytes. */
export function addFile(totals: Pick<SnapshotTotals, 'rows' | 'bytes'>, { table, rows, bytes }: CommittedFile): void {
  addCount(totals.rows, table, rows)
  totals.bytes += bytes
}

function addCount(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count
}
