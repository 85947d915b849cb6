import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { abortedError } from '../storage/abort.js'

/** Small records are sent together, so many bytes at a time. */
const batchBytes = 64 * 1024

/**
 * Writes a stream's chunks to a client and waits whenever the client is slower: never more than a batch and one image are
 * in memory for it. Nothing is sent before there is a batch, so that an error until then can still be an answer of its own.
 */
export class StreamWriter {
  #batch: Uint8Array[] = []
  #bytes = 0

  constructor(
    readonly response: ServerResponse,
    private readonly options: { readonly type: string; readonly signal: AbortSignal },
  ) {}

  /** Throws FldError `aborted` when the signal fires, be it while it waits for the client. */
  async write(...chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      this.#batch.push(chunk)
      this.#bytes += chunk.byteLength
    }
    if (this.#bytes >= batchBytes && !this.#flush()) await this.#drained()
  }

  /** Sends what is left and ends the stream. */
  end(): void {
    this.#flush()
    this.response.end()
  }

  /** Whether the client can take more at once. */
  #flush(): boolean {
    const { response } = this
    if (!response.headersSent) sendHead(response, this.options.type)
    response.cork()
    let room = true
    for (const chunk of this.#batch) room = response.write(chunk)
    response.uncork()
    this.#batch = []
    this.#bytes = 0
    return room
  }

  async #drained(): Promise<void> {
    const { signal } = this.options
    try {
      await once(this.response, 'drain', { signal })
    } catch (error) {
      throw signal.aborted ? abortedError(signal, 'waiting for a client of the feed') : error
    }
  }
}

/** The end of the connection ends the body: the records say themselves whether it is whole, and chunks would be one layer more. */
function sendHead(response: ServerResponse, type: string): void {
  response.removeHeader('Transfer-Encoding')
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', Connection: 'close' })
}
