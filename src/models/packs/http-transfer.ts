import { errorMessage } from '../../../schemas/errors.js'
import { isPassingStatus, retryAfterMs } from './http-status.js'

const maxRedirects = 10

/** A request that gave nothing; `retryable` says whether asking again can help. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
  readonly retryable: boolean
  /** What the server's Retry-After asked for; null without one. */
  readonly retryAfterMs: number | null
  /** Of an answer that refused; null where there was none. */
  readonly status: number | null

  constructor(
    message: string,
    options: { retryable: boolean; retryAfterMs?: number | null; status?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.status = options.status ?? null
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

export interface HttpRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** The Authorization header for an address, asked anew at every redirect; null sends none. */
  readonly authorization: (url: URL) => string | null
  readonly signal: AbortSignal
}

/**
 * A GET that answers 2xx or 416. Redirects are followed here, not by fetch, so that a token goes only where
 * `authorization` allows it and https never falls back to http. Throws TransferError.
 */
export async function httpGet(request: HttpRequest): Promise<Response> {
  let url = request.url
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await send(url, request)
    const location = response.headers.get('location')
    if (response.status < 300 || response.status === 416) return response
    await response.body?.cancel()
    if (response.status >= 400 || location === null) throw refusal(url, response)
    const next = new URL(location, url)
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      throw new TransferError(`${url} redirects from https to ${next.protocol}`, { retryable: false })
    }
    url = next
  }
  throw new TransferError(`${request.url} redirects more than ${maxRedirects} times`, { retryable: false })
}

/**
 * The headers of an address, asked for with HEAD. Only redirects of the same server to another path of its own are
 * followed (a renamed repository, a cache of small files): the answer that sends to a host for large files is the one that
 * tells of the file. What answers on the way told in headers of their own (X-...) counts where later ones are silent.
 * Throws TransferError.
 */
export async function httpHead(request: HttpRequest): Promise<Headers> {
  const told = new Headers()
  let url = request.url
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await send(url, request, 'HEAD')
    const location = response.headers.get('location')
    if (response.status >= 400) throw refusal(url, response)
    for (const [name, value] of response.headers) if (name.startsWith('x-')) told.set(name, value)
    if (response.status < 300 || location === null || URL.canParse(location)) return told
    url = new URL(location, url)
  }
  throw new TransferError(`${request.url} redirects more than ${maxRedirects} times`, { retryable: false })
}

/** The error of a connection that broke while it was made or while its body was read. */
export function connectionError(url: URL, thrown: unknown): TransferError {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const hopeless = code === 'ENOTFOUND' || /CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(code)
  const detail = errorMessage(cause) || code
  return new TransferError(`${url.host}: ${detail}`, { retryable: !hopeless, cause: thrown })
}

async function send(url: URL, request: HttpRequest, method = 'GET'): Promise<Response> {
  const authorization = request.authorization(url)
  try {
    return await fetch(url, {
      method,
      headers: { ...request.headers, ...(authorization === null ? {} : { authorization }) },
      redirect: 'manual',
      signal: request.signal,
    })
  } catch (thrown) {
    throw connectionError(url, thrown)
  }
}

function refusal(url: URL, response: Response): TransferError {
  const { status } = response
  return new TransferError(`${url.origin}${url.pathname} answered ${status}: ${statusMeaning(status)}`, {
    retryable: isPassingStatus(status),
    status,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  })
}

function statusMeaning(status: number): string {
  if (status === 401) return 'a login is needed (a token for this host is missing or wrong)'
  if (status === 403) return 'access is refused (terms not accepted, or a token without the right)'
  if (status === 404 || status === 410) return 'there is no such file'
  if (status === 429) return 'too many requests'
  return status >= 500 ? 'the server failed' : 'the request was refused'
}
