import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { posix } from 'node:path'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { abortedError, throwIfAborted } from '../../storage/abort.js'
import { backOff } from '../../storage/s3-retry.js'
import { isPublicAddress, privateHost, publicLookup } from './public-addresses.js'
import { shownReference } from './shown-reference.js'
import { refusedItem } from './source.js'
import type { SourceFile } from './source-file.js'

/** What may be fetched from the web. */
export interface WebAccess {
  /** Names of hosts, `*.example.org` for all below one. */
  readonly hosts: readonly string[]
  /** Whether hosts may have addresses of private networks. */
  readonly privateAddresses: boolean
  /** What one try may take, in ms; two minutes when left out. */
  readonly longestTry?: number
}

/** Nothing: what a source is read with unless somebody names hosts. */
export const noWeb: WebAccess = { hosts: [], privateAddresses: false }

const mostRedirects = 5
const mostTries = 4
/** Bytes that are taken where nobody says how many may be. */
const mostUnasked = 64 * 1024 * 1024
/** A connection that says nothing for so long is given up, in ms. */
const silence = 30_000
/** A try that has not ended by then is given up, however it drips, in ms. */
const longestTry = 120_000

/**
 * A file of the web, of a host that is allowed. The address is checked when the connection is made, at every redirect too;
 * a body that is longer than the limit is cut off; answers that may be others later, and lost connections, are tried again.
 * Errors are those of `SourceItem.read`: whatever the server does, the item is refused with a reason.
 */
export function webFile(url: URL, access: WebAccess): SourceFile {
  const uri = shownReference(url.href)
  const read = async ({ limit, signal }: { limit: number; signal?: AbortSignal | undefined }): Promise<Uint8Array> => {
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal, `fetching ${uri}`)
      try {
        return await withinTime({ longest: access.longestTry ?? longestTry, signal }, (own) =>
          fetchOnce(url, access, { limit, signal: own }),
        )
      } catch (error) {
        if (signal?.aborted) throw abortedError(signal, `fetching ${uri}`)
        if (error instanceof FldError) throw error
        if (attempt === mostTries)
          throw refusedItem('source_missing', `${uri}: ${errorMessage(error)}, ${attempt} times`)
        await backOff(attempt, signal, `fetching ${uri}`)
      }
    }
  }
  return {
    uri,
    name: decodedName(url),
    read,
    head: async ({ signal }) => (await read({ limit: mostUnasked, signal })).subarray(0, 1024),
    async *stream({ signal }) {
      yield await read({ limit: mostUnasked, signal })
    },
    // Asking for millions of them one by one would take longer than fetching them.
    version: async () => 'by name',
  }
}

/** Throws FldError `image_refused` for a url that may not be fetched; what it says holds no password. */
export function checkUrl(url: URL, { hosts, privateAddresses }: WebAccess): void {
  if (url.username !== '' || url.password !== '') {
    throw refusedItem('source_denied', `an address of ${url.host} has a user or a password in it, which is not sent`)
  }
  const host = url.hostname.toLowerCase()
  const allowed = hosts.some((name) => (name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name))
  if (!allowed) {
    const which = hosts.length === 0 ? 'none' : hosts.join(', ')
    const message = `${url.origin}${url.pathname}: nothing is fetched from ${host}; hosts are allowed by --allow-hosts: ${which}`
    throw refusedItem('source_denied', message)
  }
  const address = host.replace(/^\[|\]$/g, '')
  if (!privateAddresses && isIP(address) !== 0 && !isPublicAddress(address)) throw privateHost(address, address)
}

function decodedName(url: URL): string {
  const name = posix.basename(url.pathname)
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Work whose signal fires when `signal` does, or when it has taken too long. */
async function withinTime<Result>(
  { longest, signal }: { longest: number; signal: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController()
  const stop = () => own.abort()
  const timer = setTimeout(stop, longest)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work(own.signal)
  } catch (error) {
    throw own.signal.aborted ? new Error(`not all of it came within ${longest / 1000} s`) : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

interface FetchOptions {
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

async function fetchOnce(first: URL, access: WebAccess, options: FetchOptions): Promise<Uint8Array> {
  let url = first
  for (let hop = 0; hop <= mostRedirects; hop++) {
    checkUrl(url, access)
    const answer = await answerOf(url, access, options)
    const { statusCode = 0, headers } = answer
    if (statusCode === 200) return bodyOf(answer, url, options.limit)
    answer.destroy()
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) throw refusedAnswer(url, statusCode)
    const next = URL.canParse(headers.location, url.href) ? new URL(headers.location, url.href) : null
    if (next === null) throw refusedItem('source_missing', `${shownReference(url.href)} leads to no address`)
    if (!['http:', 'https:'].includes(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:')) {
      throw refusedItem('source_denied', `${shownReference(url.href)} leads from ${url.protocol} to ${next.protocol}`)
    }
    url = next
  }
  throw refusedItem('source_missing', `${shownReference(first.href)} leads on more than ${mostRedirects} times`)
}

async function answerOf(url: URL, { privateAddresses }: WebAccess, { signal }: FetchOptions): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(url, {
    headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'fld' },
    ...(privateAddresses ? {} : { lookup: publicLookup }),
    ...(signal === undefined ? {} : { signal }),
  })
  request.setTimeout(silence, () => request.destroy(new Error(`no word for ${silence / 1000} s`)))
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return answer
}

async function bodyOf(answer: IncomingMessage, url: URL, limit: number): Promise<Uint8Array> {
  const said = Number(answer.headers['content-length'] ?? 0)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    if (said > limit) throw tooLong(url, said, limit)
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limit) throw tooLong(url, bytes, limit)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    answer.destroy()
  }
}

function tooLong({ href }: URL, bytes: number, limit: number): Error {
  return refusedItem(
    'too_many_bytes',
    `${shownReference(href)} has ${bytes} bytes or more; allowed are ${limit}`,
    bytes,
  )
}

/** Thrown as it is where asking again may help. */
function refusedAnswer({ href }: URL, status: number): Error {
  if (status === 429 || status === 408 || status >= 500) return new Error(`the server answers ${status}`)
  const denied = [401, 402, 403, 407, 451].includes(status)
  return refusedItem(
    denied ? 'source_denied' : 'source_missing',
    `${shownReference(href)}: the server answers ${status}`,
  )
}
