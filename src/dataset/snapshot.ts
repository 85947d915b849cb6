import { createHash } from 'node:crypto'
import { type AnnotationTable, annotationTables, type ShardAnnotations } from '../../schemas/annotation.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { CommittedFile, Manifest } from '../../schemas/run.js'
import { annotationTableDefinitions } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { countRows } from './decode-table.js'
import { readTable } from './table-file.js'

/** A shard whose files a commit made visible: a commit, or a shard of a manifest. */
export interface VisibleShard {
  readonly shard: string
  readonly files: readonly CommittedFile[]
}

/** The rows of one table of a visible shard, by image_id; none where its commit names no file of the table. */
export async function readShardTable<Table extends AnnotationTable>(
  store: ObjectStore,
  shard: VisibleShard,
  table: Table,
  options: StoreOptions = {},
): Promise<ShardAnnotations[Table][number][]> {
  const file = shard.files.find((candidate) => candidate.table === table)
  if (!file) return []
  return readTable<ShardAnnotations[Table][number]>(store, file.key, annotationTableDefinitions[table], options)
}

/**
 * The rows of one table of a snapshot, shard after shard, by following `manifest.shards`, or the commits of a round
 * that is not closed yet (`readCommits`): never by listing tables. One shard is in memory at a time.
 */
export async function* readSnapshotTable<Table extends AnnotationTable>(
  store: ObjectStore,
  shards: Iterable<VisibleShard> | AsyncIterable<VisibleShard>,
  table: Table,
  options: StoreOptions = {},
): AsyncGenerator<ShardAnnotations[Table][number], void, undefined> {
  for await (const shard of shards) yield* await readShardTable(store, shard, table, options)
}

/** A file of a snapshot that is not what the manifest says, or a sum of the manifest that is not its files'. */
export interface SnapshotFault {
  readonly key: string
  readonly fault: string
}

/** Reads every file of a snapshot and compares rows, bytes and sha256 with the manifest; an empty list is a whole snapshot. */
export async function verifySnapshot(
  store: ObjectStore,
  manifest: Manifest,
  options: StoreOptions = {},
): Promise<SnapshotFault[]> {
  const files = manifest.shards.flatMap((shard) => shard.files)
  const faults = sumFaults(manifest, files)
  for (const file of files) {
    const fault = await fileFault(store, file, options)
    if (fault) faults.push({ key: file.key, fault })
  }
  return faults
}

async function fileFault(store: ObjectStore, file: CommittedFile, options: StoreOptions): Promise<string | null> {
  try {
    const body = await store.get(file.key, options)
    const sha256 = createHash('sha256').update(body).digest('hex')
    if (body.byteLength !== file.bytes) return `${body.byteLength} bytes and not ${file.bytes}`
    if (sha256 !== file.sha256) return `sha256 ${sha256} and not ${file.sha256}`
    const rows = countRows(body)
    return rows === file.rows ? null : `${rows} rows and not ${file.rows}`
  } catch (error) {
    if (error instanceof FldError && error.code !== 'store_missing' && error.code !== 'store_corrupt') throw error
    return errorMessage(error)
  }
}

function sumFaults(manifest: Manifest, files: readonly CommittedFile[]): SnapshotFault[] {
  const faults: SnapshotFault[] = []
  const compare = (what: string, said: number | undefined, found: number) => {
    if (said !== found)
      faults.push({ key: 'manifest.json', fault: `${what}: it says ${said}, its files have ${found}` })
  }
  for (const table of annotationTables) {
    const rows = files.filter((file) => file.table === table).reduce((total, file) => total + file.rows, 0)
    compare(`rows of ${table}`, manifest.rows[table], rows)
  }
  const bytes = files.reduce((total, file) => total + file.bytes, 0)
  compare('bytes', manifest.bytes, bytes)
  return faults
}
