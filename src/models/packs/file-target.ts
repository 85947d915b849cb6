import { rm } from 'node:fs/promises'
import type { PinnedFile } from '../../../schemas/pack.js'
import { checkFile, publishPart } from './cached-file.js'
import type { PartFile } from './part-file.js'
import type { PullOptions, RetrySettings } from './pull-options.js'

export type DownloadedFile = Extract<PinnedFile, { sources: string[] }>
export type ConvertedFile = Exclude<PinnedFile, DownloadedFile>

/** A file of an entry and where the cache keeps it. */
export interface FileTarget {
  readonly file: DownloadedFile
  readonly path: string
}

/** What every way of fetching gets to know of the pull. */
export interface FetchContext {
  /** All that this pull still missed when it began. */
  readonly targets: readonly FileTarget[]
  readonly options: PullOptions
  readonly retry: RetrySettings
}

/** A source gave something, but not the pinned bytes. */
export class WrongBytesError extends Error {
  override readonly name = 'WrongBytesError'
}

/** Makes the part visible as the target if it is the pinned file, else removes it and throws WrongBytesError. */
export async function acceptPart(part: PartFile, target: FileTarget, signal: AbortSignal | undefined): Promise<void> {
  const { sha256, bytes } = target.file
  if ((await checkFile(part.path, target.file, signal)) === 'ok') {
    return publishPart(part.path, target.path, target.file)
  }
  await rm(part.path, { force: true })
  throw new WrongBytesError(`what came is not the pinned file (${bytes} bytes, sha256 ${sha256}); it was thrown away`)
}
