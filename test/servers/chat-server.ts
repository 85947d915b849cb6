import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { type SeenChat, writtenAnswer } from './chat-answer.js'

/** What goes wrong with one request; without one the server answers from what it was sent. */
export type ChatFault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** An answer with success and this body. */
  | { readonly kind: 'body'; readonly body: string }
  /** A well-formed answer with another text. */
  | {
      readonly kind: 'text'
      readonly content: string | null
      readonly finish_reason?: string
      readonly refusal?: string
    }
  /** Answered as usual when the promise resolves; one that never does is a server that hangs. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** The connection is reset before anything is answered. */
  | { readonly kind: 'reset' }
  /** The connection is reset in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** A body that never ends. */
  | { readonly kind: 'endless' }

export interface ChatServerOptions {
  /** Asked for as a bearer token; any other is refused with 401. */
  readonly key?: string
  /** Models it has; others are refused with 404. Without a list it has every model. */
  readonly models?: readonly string[]
  /** 0: any free port. */
  readonly port?: number
}

/** A server that speaks OpenAI's chat completions and says what can be seen in what it was sent. */
export interface ChatServer {
  /** As clients write it: http://127.0.0.1:port/v1 */
  readonly url: string
  /** Everything so far. */
  readonly seen: readonly SeenChat[]
  /** The most requests that were there at the same time. */
  readonly mostAtOnce: number
  /** Requests that are there now. */
  readonly atOnce: number
  /** Asked for every request from now on, counted from 0; null lets it be answered. */
  use(decide: (request: SeenChat, index: number) => ChatFault | null): void
  /** Resolves when the client has given up so many requests. */
  givenUp(count: number): Promise<void>
  close(): Promise<void>
}

const bodySchema = z.object({
  model: z.string(),
  max_tokens: z.number(),
  temperature: z.number().optional(),
  seed: z.number().optional(),
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.union([
        z.string(),
        z.array(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('text'), text: z.string() }),
            z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) }),
          ]),
        ),
      ]),
    }),
  ),
})

/** Starts the server; it stands for vLLM, llama.cpp or Ollama, without a model. */
export async function startChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const state = new ChatState()
  const server = createServer((request, response) => {
    state.arrives(response)
    serve(request, response, { options, state }).catch((thrown: unknown) => {
      if (!response.headersSent) sendError(response, 400, String(thrown))
    })
  })
  const port = await listen(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen: state.seen,
    get mostAtOnce() {
      return state.mostAtOnce
    },
    get atOnce() {
      return state.atOnce
    },
    use: (decide) => state.use(decide),
    givenUp: (count) => state.untilGivenUp(count),
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

/** What the server has seen and is to do. */
class ChatState {
  readonly seen: SeenChat[] = []
  atOnce = 0
  mostAtOnce = 0
  private givenUp = 0
  private firstOfRule = 0
  private rule: (request: SeenChat, index: number) => ChatFault | null = () => null
  private readonly watchers = new Set<() => void>()

  arrives(response: ServerResponse): void {
    this.atOnce++
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce)
    response.once('close', () => {
      this.atOnce--
      if (!response.writableFinished) this.givenUp++
      for (const look of this.watchers) look()
    })
  }

  use(decide: (request: SeenChat, index: number) => ChatFault | null): void {
    this.firstOfRule = this.seen.length
    this.rule = decide
  }

  faultOf(chat: SeenChat): ChatFault | null {
    return this.rule(chat, this.seen.push(chat) - 1 - this.firstOfRule)
  }

  untilGivenUp(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.givenUp < count) return
        this.watchers.delete(look)
        resolve()
      }
      this.watchers.add(look)
      look()
    })
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the chat server has no port')
  return address.port
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { options, state }: { options: ChatServerOptions; state: ChatState },
): Promise<void> {
  const body = await json(request)
  if (request.method !== 'POST' || request.url?.split('?')[0] !== '/v1/chat/completions') {
    sendError(response, 404, 'no such address')
    return
  }
  const chat: SeenChat = {
    ...bodySchema.parse(body),
    authorization: request.headers.authorization ?? null,
    at: performance.now(),
  }
  const fault = state.faultOf(chat)
  if (options.key !== undefined && chat.authorization !== `Bearer ${options.key}`) {
    sendError(response, 401, `Incorrect API key provided: ${chat.authorization}`)
  } else if (options.models !== undefined && !options.models.includes(chat.model)) {
    sendError(response, 404, `The model '${chat.model}' does not exist`)
  } else await answer(chat, response, fault)
}

async function answer(chat: SeenChat, response: ServerResponse, fault: ChatFault | null): Promise<void> {
  if (fault?.kind === 'status') response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  else if (fault?.kind === 'reset') response.socket?.resetAndDestroy()
  else if (fault?.kind === 'body') response.writeHead(200, { 'content-type': 'application/json' }).end(fault.body)
  else if (fault?.kind === 'endless') sendForEver(response)
  else {
    if (fault?.kind === 'hold') await fault.until
    const text = fault?.kind === 'text' ? fault.content : await writtenAnswer(chat)
    const body = JSON.stringify(completion(chat, text, fault?.kind === 'text' ? fault : {}))
    response.writeHead(200, { 'content-type': 'application/json' })
    if (fault?.kind !== 'cut') response.end(body)
    else response.write(body.slice(0, body.length / 2), () => response.socket?.resetAndDestroy())
  }
}

function completion(
  chat: SeenChat,
  content: string | null,
  { finish_reason = 'stop', refusal }: { finish_reason?: string; refusal?: string },
) {
  const prompt_tokens = Math.ceil(JSON.stringify(chat.messages).length / 4)
  const completion_tokens = Math.ceil((content ?? '').length / 4)
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 0,
    model: chat.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, ...(refusal === undefined ? {} : { refusal }) },
        finish_reason,
      },
    ],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  }
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', code: status } }))
}

/** As fast as the client reads. */
function sendForEver(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const more = 'a word '.repeat(10_000)
  const send = () => {
    while (!response.destroyed && response.write(more));
  }
  response.write('{"choices":[{"message":{"content":"')
  response.on('drain', send)
  send()
}
