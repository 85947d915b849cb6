import { rm } from 'node:fs/promises'
import { checkFile } from './cached-file.js'
import { download } from './download.js'
import { acceptPart, type FetchContext, type FileTarget } from './file-target.js'
import { hubUrl, type ModelSource } from './model-source.js'
import { releasePart, resumePart } from './part-file.js'

const defaultHub = 'https://huggingface.co'

/**
 * Fetches a target from a web server or the hub, going on with what an earlier pull left. The hub's token goes to the
 * endpoint's own origin only: not to the hosts it redirects to, and not to other servers. Throws TransferError,
 * WrongBytesError, FldError `aborted`.
 */
export async function fetchFromServer(
  source: Extract<ModelSource, { kind: 'hub' | 'http' }>,
  sourceText: string,
  target: FileTarget,
  { options, retry }: FetchContext,
): Promise<void> {
  const { hubEndpoint = defaultHub, hubToken, onProgress, signal } = options
  const hub = new URL(hubEndpoint).origin
  const part = await resumePart(target.path)
  const fetchPart = (bytes: number) =>
    download({
      url: source.kind === 'hub' ? hubUrl(hubEndpoint, source) : source.url,
      part: { ...part, bytes },
      bytes: target.file.bytes,
      authorization: (url) => (hubToken && url.origin === hub ? `Bearer ${hubToken}` : null),
      onBytes: (receivedBytes, totalBytes) =>
        onProgress?.({ file: target.file.path, receivedBytes, totalBytes, source: sourceText }),
      retry,
      signal,
    })
  try {
    const joined = await fetchPart(part.bytes)
    if (joined && (await checkFile(part.path, target.file, signal)) !== 'ok') {
      // The earlier part was of another version: once more from the start.
      await rm(part.path)
      await fetchPart(0)
    }
  } catch (thrown) {
    await releasePart(target.path, part)
    throw thrown
  }
  await acceptPart(part, target, signal)
}
