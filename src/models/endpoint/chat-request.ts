import { FldError } from '../../../schemas/errors.js'
import { throwIfAborted } from '../../storage/abort.js'
import { isPassingStatus, retryAfterMs } from '../packs/http-status.js'
import { connectionError, TransferError } from '../packs/http-transfer.js'
import { type ChatBody, type ChatOutcome, malformed, readCompletion } from './chat-protocol.js'
import type { EndpointTarget } from './endpoint-address.js'

/** Bytes of an answer that are read; one answer of the longest kind is a hundredth of it. */
const longestBody = 4 << 20

/** Statuses that speak of what was sent, not of the endpoint: too large, or not to be understood. */
const ofTheRequest: ReadonlySet<number> = new Set([400, 413, 415, 422])

/** The server asks for patience: it speaks of its load, not of what was sent. */
export class EndpointBusyError extends TransferError {}

export interface ChatRequestOptions {
  readonly target: EndpointTarget
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * One POST to an endpoint's chat completions. Redirects are not followed: a key goes to the address it was given for.
 *
 * Throws TransferError for what may pass (408, 425, 5xx, a timeout, a connection that failed), EndpointBusyError of it for
 * a 429 and wherever a Retry-After is sent; FldError `endpoint_unavailable` for what will not (401, 403, 404 and the like), `annotator_failed` where the request itself is
 * refused (400, 413, 415, 422). No message has the key in it, whatever the server says.
 */
export async function postChat(
  body: ChatBody,
  { target, timeoutMs, signal }: ChatRequestOptions,
): Promise<ChatOutcome> {
  throwIfAborted(signal, 'asking a language model')
  const tooLate = new AbortController()
  const timer = setTimeout(() => tooLate.abort(), timeoutMs)
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(target.key === null ? {} : { authorization: `Bearer ${target.key}` }),
      },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, tooLate.signal]),
    })
    const { text, whole } = await boundedText(response)
    if (!response.ok) throw statusError(response, { text, model: body.model, target })
    const outcome = whole ? readCompletion(text) : malformed(`longer than ${longestBody} bytes`, text)
    return outcome.kind === 'malformed' ? malformed(outcome.problem, withoutKey(text, target)) : outcome
  } catch (thrown) {
    if (thrown instanceof FldError || thrown instanceof TransferError) throw thrown
    if (tooLate.signal.aborted && !signal.aborted) {
      throw new TransferError(`${placeOf(target)} gave no answer within ${timeoutMs / 1000} s`, { retryable: true })
    }
    throw connectionError(target.url, thrown)
  } finally {
    clearTimeout(timer)
  }
}

/** The body, as far as an answer can be long. */
async function boundedText(response: Response): Promise<{ text: string; whole: boolean }> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > longestBody) break
  }
  return { text: Buffer.concat(chunks).toString('utf8'), whole: bytes <= longestBody }
}

interface Refused {
  readonly text: string
  readonly model: string
  readonly target: EndpointTarget
}

function statusError({ status, headers }: Response, { text, model, target }: Refused): FldError | TransferError {
  // What a server says about a key it refuses may quote the key, or a part of it.
  const said = status === 401 || status === 403 ? '' : saidIn(withoutKey(text, target))
  const message = `${placeOf(target)} answered ${status}${meaningOf(status, model)}${said === '' ? '' : `: ${said}`}`
  if (isPassingStatus(status)) {
    const asked = retryAfterMs(headers.get('retry-after'))
    const Passing = status === 429 || asked !== null ? EndpointBusyError : TransferError
    return new Passing(message, { retryable: true, retryAfterMs: asked })
  }
  const code = ofTheRequest.has(status) ? 'annotator_failed' : 'endpoint_unavailable'
  return new FldError(code, message, { details: { status, model } })
}

function meaningOf(status: number, model: string): string {
  if (status === 401 || status === 403) {
    return ': it refuses the key, or wants one (FLD_ENDPOINT_KEY, which goes to FLD_ENDPOINT_URL only)'
  }
  if (status === 404) return `: it has no model "${model}", or no chat completions at this address`
  if (status >= 300 && status < 400) return ': it is somewhere else, and a POST is not sent on'
  return ''
}

/** The message of an error as the protocol has it, else the beginning of whatever was sent; on one line. */
function saidIn(text: string): string {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  return (message ?? text).replace(/\s+/g, ' ').trim().slice(0, 300)
}

/** Before anything is cut off: a part of a key would not be found again. */
function withoutKey(text: string, { key }: EndpointTarget): string {
  return key === null ? text : text.replaceAll(key, '[key]')
}

/** Without a query, which may hold what is nobody's business. */
function placeOf({ url }: EndpointTarget): string {
  return `${url.origin}${url.pathname}`
}
