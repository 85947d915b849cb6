import { createHash } from 'node:crypto'
import { type AnnotationTable, annotationTables, type ShardAnnotations } from '../../schemas/annotation.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { CommittedFile, Manifest, SnapshotShard } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { annotationTableDefinitions } from '../../schemas/tables.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { countRows } from './decode-table.js'
import { readPart } from './manifest-parts.js'
import { addFile, emptyTotals, type SnapshotTotals } from './snapshot-totals.js'
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
 * The rows of one table of a snapshot, shard after shard, by following the manifest (`manifestShards`), or the commits of a round
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

/** Files that are read at a time: each is in memory whole. */
const filesAtHand = 4

/**
 * Reads every part and every file of a snapshot and compares rows, bytes and sha256 with the manifest; an empty list is a
 * whole snapshot. What a part that is gone or changed named cannot be looked at.
 */
export async function verifySnapshot(
  store: ObjectStore,
  manifest: Manifest,
  options: StoreOptions = {},
): Promise<SnapshotFault[]> {
  const faults: SnapshotFault[] = []
  const found = emptyTotals()
  async function* files(): AsyncGenerator<CommittedFile, void, undefined> {
    for await (const shard of wholeShards(store, manifest, faults, options)) {
      for (const file of shard.files) {
        addFile(found, file)
        yield file
      }
    }
  }
  const work = async (file: CommittedFile) => ({ key: file.key, fault: await fileFault(store, file, options) })
  for await (const { key, fault } of inOrder(files(), { concurrency: filesAtHand, work })) {
    if (fault !== null) faults.push({ key, fault })
  }
  return [...sumFaults(manifest, found), ...faults]
}

/** The shards of the parts that are what the manifest says; the others are faults. */
async function* wholeShards(
  store: ObjectStore,
  manifest: Manifest,
  faults: SnapshotFault[],
  options: StoreOptions,
): AsyncGenerator<SnapshotShard, void, undefined> {
  yield* manifest.shards ?? []
  for (const part of manifest.parts) {
    try {
      yield* await readPart(store, part, options)
    } catch (error) {
      faults.push({ key: part.key, fault: damageOf(error) })
    }
  }
}

/** What an error says is wrong with an object; thrown again where it is about the way to it. */
function damageOf(error: unknown): string {
  if (error instanceof FldError && error.code !== 'store_missing' && error.code !== 'store_corrupt') throw error
  return errorMessage(error)
}

/** What is wrong with a file that a commit or a manifest names: gone, damaged, or of other bytes or rows; null for a whole one. */
export async function fileFault(
  store: ObjectStore,
  file: CommittedFile,
  options: StoreOptions = {},
): Promise<string | null> {
  try {
    const body = await store.get(file.key, options)
    const sha256 = createHash('sha256').update(body).digest('hex')
    if (body.byteLength !== file.bytes) return `${body.byteLength} bytes and not ${file.bytes}`
    if (sha256 !== file.sha256) return `sha256 ${sha256} and not ${file.sha256}`
    const rows = countRows(body)
    return rows === file.rows ? null : `${rows} rows and not ${file.rows}`
  } catch (error) {
    return damageOf(error)
  }
}

function sumFaults(manifest: Manifest, files: Pick<SnapshotTotals, 'rows' | 'bytes'>): SnapshotFault[] {
  const key = storeLayout.manifest(manifest.run, manifest.round, manifest.revision)
  const sums: [string, number | undefined, number | undefined][] = [
    ...annotationTables.map((table): [string, number | undefined, number | undefined] => [
      `rows of ${table}`,
      manifest.rows[table],
      files.rows[table],
    ]),
    ['bytes', manifest.bytes, files.bytes],
  ]
  return sums
    .filter(([, said, found]) => said !== found)
    .map(([what, said, found]) => ({ key, fault: `${what}: it says ${said}, its files have ${found}` }))
}
