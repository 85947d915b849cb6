import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { CheckpointFile } from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

const chunkBytes = 1 << 20

/** How far the upload of a file is. */
export interface UploadProgress {
  /** In the layout of the checkpoint. */
  readonly file: string
  readonly sentBytes: number
  readonly totalBytes: number
  /** True when the store had these bytes already, and nothing is sent. */
  readonly reused: boolean
}

/** A file of a checkpoint and where it is on this machine. */
export interface FileUpload {
  /** Of the checkpoint. */
  readonly name: string
  readonly file: CheckpointFile
  readonly local: string
}

/**
 * Streams a file to the key that its content names. It becomes visible only when what was sent has the sha256 that the
 * key says; so what is there already needs no second upload. Throws FldError `source_invalid` when the file changed since
 * it was hashed.
 */
export async function uploadFile(
  store: ObjectStore,
  { name, file, local }: FileUpload,
  { onProgress, ...options }: StoreOptions & { onProgress?: ((progress: UploadProgress) => void) | undefined },
): Promise<void> {
  const key = storeLayout.checkpointFile(name, file)
  const { path, bytes: totalBytes } = file
  const stored = await store.head(key, options)
  if (stored?.bytes === totalBytes) {
    onProgress?.({ file: path, sentBytes: totalBytes, totalBytes, reused: true })
    return
  }
  const report = (sentBytes: number) => onProgress?.({ file: path, sentBytes, totalBytes, reused: false })
  report(0)
  await store.putStream(key, checkedChunks({ file, local }, report), options)
  report(totalBytes)
}

async function* checkedChunks(
  { file, local }: Pick<FileUpload, 'file' | 'local'>,
  report: (sentBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(local, { highWaterMark: chunkBytes })) {
    hash.update(chunk)
    bytes += chunk.length
    if (bytes < file.bytes) report(bytes)
    yield chunk
  }
  // Thrown before the stream ends: the object never becomes visible.
  if (hash.digest('hex') === file.sha256) return
  throw new FldError('source_invalid', `${local} changed while it was uploaded; add the checkpoint again`, {
    details: { file: file.path, bytes, expected: file.bytes },
  })
}
