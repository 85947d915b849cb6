import { rm } from 'node:fs/promises'
import { checkFile } from './cached-file.js'
import { download } from './download.js'
import { acceptPart, type FetchContext, type FileTarget } from './file-target.js'
import { hubAuthorization, hubEndpoint, hubUrl } from './hub.js'
import type { ModelSource } from './model-source.js'
import { type PartFile, releasePart, resumePart } from './part-file.js'
import type { PullOptions, RetrySettings } from './pull-options.js'

type ServerSource = Extract<ModelSource, { kind: 'hub' | 'http' }>

/** What a download reports and how it is asked for. */
interface ServerRequest {
  /** Path of the file in its entry, and the source as the pack writes it: for the progress. */
  readonly file: string
  readonly source: string
  readonly options: PullOptions
  readonly retry: RetrySettings
}

/**
 * How a file of a web server or the hub is downloaded into a part, as `download` does: to the length it must have, null
 * where only the server knows. The hub's token goes to the endpoint's own origin only: not to the hosts it redirects to,
 * and not to other servers.
 */
export function serverDownload(
  source: ServerSource,
  { file, source: text, options, retry }: ServerRequest,
): (part: PartFile, bytes: number | null) => Promise<boolean> {
  return (part, bytes) =>
    download({
      url: source.kind === 'hub' ? hubUrl(hubEndpoint(options), source) : source.url,
      part,
      bytes,
      authorization: hubAuthorization(options),
      onBytes: (receivedBytes, totalBytes) => options.onProgress?.({ file, receivedBytes, totalBytes, source: text }),
      retry,
      signal: options.signal,
    })
}

/**
 * Fetches a target from a web server or the hub, going on with what an earlier pull left. Throws TransferError,
 * WrongBytesError, FldError `aborted`.
 */
export async function fetchFromServer(
  source: ServerSource,
  sourceText: string,
  target: FileTarget,
  { options, retry }: FetchContext,
): Promise<void> {
  const part = await resumePart(target.path)
  const { path: file, bytes } = target.file
  const fetchPart = serverDownload(source, { file, source: sourceText, options, retry })
  try {
    const joined = await fetchPart(part, bytes)
    if (joined && (await checkFile(part.path, target.file, options.signal)) !== 'ok') {
      // The earlier part was of another version: once more from the start.
      await rm(part.path)
      await fetchPart({ ...part, bytes: 0 }, bytes)
    }
  } catch (thrown) {
    await releasePart(target.path, part)
    throw thrown
  }
  await acceptPart(part, target, options.signal)
}
