import { FldError } from '../../../schemas/errors.js'
import { throwIfAborted } from '../../storage/abort.js'
import { TransferError } from '../packs/http-transfer.js'
import { withRetries } from '../packs/transfer-retry.js'
import { answerCache } from './answer-cache.js'
import type { ChatAnswer, ChatBody, ChatMessage, ChatOutcome } from './chat-protocol.js'
import { EndpointBusyError, postChat } from './chat-request.js'
import type { EndpointTarget } from './endpoint-address.js'
import { type EndpointGate, type GateLimits, joinEndpoint } from './endpoint-gate.js'
import { estimateTokens } from './prompt-budget.js'

export interface ChatClientSettings extends GateLimits {
  readonly target: EndpointTarget
  /** For one request, from its start to the last byte of its answer. */
  readonly timeoutMs: number
  readonly retry: { readonly attempts: number; readonly baseDelayMs: number }
  /** Absent: answers are not kept. */
  readonly cacheFolder: string | undefined
}

/** Asks a model of an OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama and the like. */
export interface ChatClient {
  /**
   * The answer, from the cache where it was given before. What may pass is tried again, after growing pauses or the one
   * that the server asks for (given up beyond two minutes). Throws FldError `endpoint_unavailable` when it is away, does
   * not take the key or has no such model; `annotator_failed` when it refuses this request, or fails at it each time while
   * it answers another; `aborted`.
   */
  ask(body: ChatBody, options: { signal: AbortSignal }): Promise<ChatOutcome>
  close(): void
}

const asking = 'asking a language model'
/** What one picture costs of the tokens of a minute until the answer says it: 768 x 768 pixels in patches of 28 x 28. */
const imageTokens = 750

/** A client; it shares the limits of its endpoint with all others of this process until it is closed. */
export function openChatClient(settings: ChatClientSettings): ChatClient {
  const cache = answerCache(settings.cacheFolder)
  const gate = joinEndpoint(settings.target.url.href, settings)
  return {
    ask: async (body, { signal }) => {
      throwIfAborted(signal, asking)
      const known = await cache.read(body)
      if (known !== null) return { kind: 'answer', ...known }
      const outcome = await gate.run(() => askUntilAnswered(body, { settings, gate, signal }), { signal })
      if (outcome.kind === 'answer' && isAnswer(outcome)) await cache.keep(body, outcome)
      return outcome
    },
    close: gate.leave,
  }
}

interface Asking {
  readonly settings: ChatClientSettings
  readonly gate: EndpointGate
  readonly signal: AbortSignal
}

async function askUntilAnswered(body: ChatBody, { settings, gate, signal }: Asking): Promise<ChatOutcome> {
  const { target, timeoutMs, retry } = settings
  const attempt = () => withinTokens(gate, body, signal, () => postChat(body, { target, timeoutMs, signal }))
  try {
    return await withRetries(attempt, { retry, signal, action: asking })
  } catch (thrown) {
    if (!(thrown instanceof TransferError)) throw thrown
    const ofTheRequest =
      !(thrown.cause instanceof EndpointBusyError) && (await isThere(body, { settings, gate, signal }))
    const [code, more] = ofTheRequest
      ? (['annotator_failed', ', while another request was answered'] as const)
      : (['endpoint_unavailable', ''] as const)
    throw new FldError(code, `${thrown.message}${more}`, { cause: thrown, details: { model: body.model } })
  }
}

/**
 * Whether the model answers anything at all: asked once, for a word, when a request has failed at every try. That others
 * were answered while it failed would not say it: the server may have gone away since; and where the others come from the
 * cache, as when a shard is tried again, there are none.
 */
async function isThere({ model, temperature }: ChatBody, { settings, gate, signal }: Asking): Promise<boolean> {
  const { target, timeoutMs } = settings
  const word: ChatBody = {
    model,
    messages: [{ role: 'user', content: 'Answer with the word "yes".' }],
    max_tokens: 16,
    temperature,
  }
  try {
    const outcome = await withinTokens(gate, word, signal, () => postChat(word, { target, timeoutMs, signal }))
    return outcome.kind === 'answer'
  } catch {
    throwIfAborted(signal, asking)
    return false
  }
}

/** Takes what the request may cost, and gives back what it did not. A failed one counts as nothing. */
async function withinTokens(
  gate: EndpointGate,
  body: ChatBody,
  signal: AbortSignal,
  request: () => Promise<ChatOutcome>,
): Promise<ChatOutcome> {
  const bucket = gate.tokens()
  if (bucket === null) return request()
  const taken = estimateRequest(body)
  await bucket.take(taken, { signal })
  let used = 0
  try {
    const outcome = await request()
    used = outcome.kind === 'answer' ? (outcome.total_tokens ?? taken) : taken
    return outcome
  } finally {
    bucket.settle(taken, used)
  }
}

function estimateRequest({ messages, max_tokens }: ChatBody): number {
  return messages.reduce((sum, message) => sum + estimateContent(message.content), max_tokens)
}

function estimateContent(content: ChatMessage['content']): number {
  if (typeof content === 'string') return estimateTokens(content)
  return content.reduce((sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : imageTokens), 0)
}

/** An answer without a word may be a hiccup of the server: it is not believed for ever. A refusal is an answer. */
function isAnswer({ text, refusal, finish_reason }: ChatAnswer): boolean {
  return text.trim() !== '' || refusal !== null || finish_reason === 'content_filter' || finish_reason === 'length'
}
