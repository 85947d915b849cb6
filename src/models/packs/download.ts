import { open, truncate } from 'node:fs/promises'
import { connectionError, httpGet, TransferError } from './http-transfer.js'
import type { PartFile } from './part-file.js'
import type { RetrySettings } from './pull-options.js'
import { withRetries } from './transfer-retry.js'

export interface DownloadRequest {
  readonly url: URL
  readonly part: PartFile
  /** The length the file must have; null where only the server knows. */
  readonly bytes: number | null
  readonly authorization: (url: URL) => string | null
  readonly onBytes: (receivedBytes: number, totalBytes: number | null) => void
  readonly retry: RetrySettings
  readonly signal: AbortSignal | undefined
}

/** What is in the part so far. */
interface Received {
  bytes: number
  /** Set by the first answer with a strong ETag; makes a resumed download start anew when the file has changed. */
  etag: string | null
  resumed: boolean
}

/**
 * Downloads into the part: goes on where it ends (HTTP Range, RFC 9110 section 14), repeats what failed on the way.
 * True when it was put together from several answers, so that a wrong checksum may be the joint's fault.
 * Throws TransferError when it cannot be had, FldError `aborted`. What was received stays in the part.
 */
export async function download(request: DownloadRequest): Promise<boolean> {
  const received: Received = { bytes: request.part.bytes, etag: null, resumed: false }
  await withRetries(() => receive(request, received), {
    retry: request.retry,
    signal: request.signal,
    action: `downloading ${request.url}`,
    receivedBytes: () => received.bytes,
  })
  return received.resumed
}

/** One request and all of its body. */
async function receive(request: DownloadRequest, received: Received): Promise<void> {
  if (request.bytes !== null && received.bytes === request.bytes) {
    received.resumed = true
    return
  }
  const stall = new AbortController()
  const signal = AbortSignal.any([stall.signal, ...(request.signal === undefined ? [] : [request.signal])])
  const timer = setTimeout(() => {
    stall.abort(new Error(`no byte for ${request.retry.stallMs / 1000} s`))
  }, request.retry.stallMs)
  try {
    const { url, authorization } = request
    const response = await httpGet({ url, authorization, signal, headers: rangeHeaders(received) })
    const total = await startOf(response, request, received)
    await append(response, request, received, { total, heard: () => timer.refresh() })
  } finally {
    clearTimeout(timer)
  }
}

function rangeHeaders(received: Received): Record<string, string> {
  // A compressed answer would have other byte positions.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (received.bytes > 0) headers.range = `bytes=${received.bytes}-`
  if (received.bytes > 0 && received.etag !== null) headers['if-range'] = received.etag
  return headers
}

/** Where the answer's body begins in the file: the part is cut to that. Returns the file's whole length, if told. */
async function startOf(response: Response, request: DownloadRequest, received: Received): Promise<number | null> {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  const continues = response.status === 206 && Number(range?.[1]) === received.bytes
  if (!continues && received.bytes > 0) {
    await truncate(request.part.path, 0)
    received.bytes = 0
  }
  if (response.status === 416 || (response.status === 206 && !continues)) {
    await response.body?.cancel()
    throw new TransferError(`${request.url.host} gave another range than asked for`, { retryable: true })
  }
  received.resumed = continues
  const etag = response.headers.get('etag')
  received.etag = etag?.startsWith('"') ? etag : null
  // The length of a body that fetch decodes says nothing about the decoded one.
  const plain = (response.headers.get('content-encoding') ?? 'identity') === 'identity'
  const told = continues ? range?.[2] : plain ? response.headers.get('content-length') : null
  const total = told === undefined || told === null || told === '*' ? null : Number(told)
  if (total !== null && request.bytes !== null && total !== request.bytes) {
    await response.body?.cancel()
    throw new TransferError(`${request.url} has ${total} bytes, the pack pins ${request.bytes}`, { retryable: false })
  }
  return total ?? request.bytes
}

async function append(
  response: Response,
  request: DownloadRequest,
  received: Received,
  { total, heard }: { total: number | null; heard: () => void },
): Promise<void> {
  const handle = await open(request.part.path, 'a')
  try {
    for await (const chunk of bodyChunks(response, request.url)) {
      heard()
      await handle.write(chunk)
      received.bytes += chunk.byteLength
      request.onBytes(received.bytes, total)
      if (total !== null && received.bytes > total) {
        throw new TransferError(`${request.url} sends more than ${total} bytes`, { retryable: false })
      }
    }
  } finally {
    await handle.close()
  }
  if (total !== null && received.bytes < total) {
    throw new TransferError(`${request.url.host} ended the body after ${received.bytes} of ${total} bytes`, {
      retryable: true,
    })
  }
}

async function* bodyChunks(response: Response, url: URL): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  try {
    for await (const chunk of response.body) yield chunk
  } catch (thrown) {
    throw connectionError(url, thrown)
  }
}
