import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { type Checkpoint, type CheckpointFile, checkpointNameSchema } from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import type { DtypeChoice } from '../../schemas/pack.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJsonIfAbsent } from '../dataset/json-record.js'
import { hashFile } from '../models/packs/cached-file.js'
import { abortedError, throwIfAborted } from '../storage/abort.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { checkpointVersions, readCurrentCheckpoint } from './checkpoint-registry.js'
import { florence2Files } from './florence2-layout.js'
import { type SnapshotName, snapshotLineage } from './snapshot-lineage.js'
import { type UploadProgress, uploadFile } from './upload-file.js'

/** What is to become the next version of a checkpoint. */
export interface CheckpointAddition {
  readonly name: string
  /** Local paths by path in the Transformers.js layout; what no runtime reads may be among them and stays behind. */
  readonly files: ReadonlyMap<string, string>
  /** Of the dtypes that are there the one to keep of each graph; all of them when absent. */
  readonly dtype?: DtypeChoice | undefined
  /** Where the files came from, as a person would name it. */
  readonly source: string
  /** The snapshot of the same store that it was trained on. */
  readonly fromSnapshot: SnapshotName | null
  readonly licence: string
}

/** How an addition is watched and stopped. */
export interface AddOptions extends StoreOptions {
  readonly onProgress?: (progress: UploadProgress) => void
}

export type { UploadProgress } from './upload-file.js'

/**
 * Adds the next version of a checkpoint: checks that it is a Florence-2 checkpoint, uploads its files under names made of
 * their content, and puts the record last. An addition that was stopped leaves nothing that any reader sees, and what it
 * had uploaded serves the next one. Of several at once each gets a version of its own, for one conditional put decides
 * who has a number, and nobody's files can change another's. The same content is not added twice under one name: its
 * version is returned as it is.
 *
 * Throws FldError `config_invalid` (no such checkpoint, name or dtype), `run_missing` (no such snapshot),
 * `source_invalid` (a file changed while it was read), `aborted`, and the store's own.
 */
export async function addCheckpoint(
  store: ObjectStore,
  addition: CheckpointAddition,
  { onProgress, ...options }: AddOptions = {},
): Promise<Checkpoint> {
  const { name, source, dtype, licence } = addition
  checkName(name)
  const local = await florence2Files(addition.files, { dtype, where: source })
  const from_snapshot = addition.fromSnapshot && (await snapshotLineage(store, addition.fromSnapshot, options))
  const files = await describeFiles(local, options)
  const digest = contentDigest(files)
  const same = await versionWith(store, name, digest, options)
  if (same !== null) return same
  for (const file of files) {
    await uploadFile(store, { name, file, local: local.get(file.path) ?? '' }, { ...options, onProgress })
  }
  const parent = (await readCurrentCheckpoint(store, name, options))?.version ?? null
  const lineage = { source, from_snapshot, parent }
  return recordNext(store, { name, digest, files, lineage, licence }, options)
}

function checkName(name: string): void {
  const parsed = checkpointNameSchema.safeParse(name)
  if (parsed.success) return
  throw new FldError('config_invalid', `"${name}" is no name: ${parsed.error.issues[0]?.message}`, {
    details: { name },
  })
}

async function describeFiles(local: ReadonlyMap<string, string>, { signal }: StoreOptions): Promise<CheckpointFile[]> {
  const files: CheckpointFile[] = []
  for (const [path, from] of local) {
    throwIfAborted(signal, `reading ${from}`)
    const { size: bytes } = await stat(from)
    if (bytes === 0) throw new FldError('config_invalid', `${from} is empty`, { details: { path } })
    files.push({ path, bytes, sha256: await sha256Of(from, signal) })
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await hashFile(path, 'sha256', signal)
  } catch (error) {
    throw signal?.aborted ? abortedError(signal, `reading ${path}`) : error
  }
}

/** sha256 over `<sha256> <path>` lines, sorted by path: as `sha256sum` prints them. */
function contentDigest(files: readonly CheckpointFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

async function versionWith(
  store: ObjectStore,
  name: string,
  digest: string,
  options: StoreOptions,
): Promise<Checkpoint | null> {
  const versions = await checkpointVersions(store, name, options)
  return versions.find((version) => version.digest === digest) ?? null
}

type NewCheckpoint = Pick<Checkpoint, 'name' | 'digest' | 'files' | 'lineage' | 'licence'>

/** Each turn that is lost is a version that somebody else has added. */
async function recordNext(store: ObjectStore, added: NewCheckpoint, options: StoreOptions): Promise<Checkpoint> {
  for (;;) {
    const versions = await checkpointVersions(store, added.name, options)
    const same = versions.find(({ digest }) => digest === added.digest)
    if (same !== undefined) return same
    const checkpoint: Checkpoint = {
      ...added,
      version: (versions.at(-1)?.version ?? 0) + 1,
      annotator: 'florence2',
      family: 'florence2',
      created_at: new Date().toISOString(),
    }
    const key = storeLayout.checkpoint(added.name, checkpoint.version)
    if (await putJsonIfAbsent(store, key, checkpoint, options)) return checkpoint
  }
}
