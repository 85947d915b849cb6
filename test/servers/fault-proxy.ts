import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'

/** What goes wrong with one request. */
export type Fault =
  /** Answered here; the server never hears of it. */
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** The connection is reset before the server hears of it. */
  | { readonly kind: 'reset' }
  /** The server does it, but the connection is reset instead of its answer. */
  | { readonly kind: 'lose-answer' }
  /** The connection is reset after so many bytes of the answer's body. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Forwarded when the promise resolves; one that never does is a server that hangs. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly fault: Fault | null
}

/** Stands between a client and a real server and does harm on demand. */
export interface FaultProxy {
  readonly endpoint: string
  /** Everything so far. */
  readonly seen: readonly SeenRequest[]
  /** Asked for every request from now on; null lets it pass. */
  use(decide: (request: SeenRequest, index: number) => Fault | null): void
  close(): Promise<void>
}

/** Starts a proxy to an http:// server. It forwards the Host header as it is, so that signatures hold. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: SeenRequest[] = []
  let decide: (request: SeenRequest, index: number) => Fault | null = () => null
  let firstOfRule = 0
  const server = createServer((incoming, outgoing) => {
    const asked = { method: incoming.method ?? '', url: incoming.url ?? '', fault: null }
    const fault = decide(asked, seen.length - firstOfRule)
    seen.push({ ...asked, fault })
    void serve(new URL(target), incoming, outgoing, fault)
  })
  return {
    endpoint: await listen(server),
    seen,
    use: (next) => {
      firstOfRule = seen.length
      decide = next
    },
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the fault proxy has no port')
  return `http://127.0.0.1:${address.port}`
}

async function serve(
  target: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | null,
): Promise<void> {
  if (fault?.kind === 'reset') {
    incoming.socket.resetAndDestroy()
    return
  }
  if (fault?.kind === 'status') {
    incoming.resume().on('end', () => {
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' })
      outgoing.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>injected</Message></Error>`)
    })
    return
  }
  if (fault?.kind === 'hold') await fault.until
  forward(target, incoming, outgoing, fault)
}

function forward(target: URL, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | null): void {
  // `Expect` has been answered here already.
  const { expect: _expect, ...headers } = incoming.headers
  const { hostname, port } = target
  const upstream = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
    if (fault?.kind === 'lose-answer') {
      answer.resume().on('end', () => incoming.socket.resetAndDestroy())
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    if (fault?.kind === 'cut') cut(answer, outgoing, fault.bytes)
    else answer.pipe(outgoing)
  })
  upstream.on('error', () => incoming.socket.destroy())
  // A client that gives up, gives up at the server too.
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}

/** Lets so many bytes through, and resets the connection once they are sent. */
function cut(answer: IncomingMessage, outgoing: ServerResponse, bytes: number): void {
  let left = bytes
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    if (left > 0) {
      outgoing.write(part)
      return
    }
    answer.removeAllListeners('data').destroy()
    outgoing.write(part, () => outgoing.socket?.resetAndDestroy())
  })
}
