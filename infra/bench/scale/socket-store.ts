import { connect, type Socket } from 'node:net'
import { FldError } from '../../../schemas/errors.js'
import { throwIfAborted } from '../../../src/storage/abort.js'
import type { ObjectInfo, ObjectStore, StoreOptions } from '../../../src/storage/object-store.js'
import { onFrames, writeFrame } from './frames.js'
import { type StoreAnswer, type StoreQuestion, storeAnswerSchema } from './store-protocol.js'

type Answered = StoreAnswer & { readonly body: Uint8Array }

/** Requests and their answers over one connection. */
class StoreConnection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, { resolve: (answer: Answered) => void; reject: (error: Error) => void }>()
  #next = 0

  constructor(path: string) {
    this.#socket = connect(path)
    onFrames(this.#socket, ({ header, body }) => {
      const answer = storeAnswerSchema.parse(header)
      this.#waiting.get(answer.id)?.resolve({ ...answer, body })
      this.#waiting.delete(answer.id)
    })
    this.#socket.on('error', () => undefined)
    this.#socket.once('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new FldError('store_unavailable', `the storage at ${path} has ended`))
      }
      this.#waiting.clear()
    })
  }

  ask(question: StoreQuestion, { signal }: StoreOptions = {}, body?: Uint8Array): Promise<Answered> {
    throwIfAborted(signal, `asking the storage to ${question.action}`)
    const id = this.#next++
    const answer = new Promise<Answered>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    writeFrame(this.#socket, { ...question, id }, body)
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }
}

/**
 * A store whose objects are in the memory of another process, at a unix socket: what is stored does not count as memory
 * of the process that is measured, and every request costs a round trip, as with S3.
 */
export function openSocketStore(path: string): ObjectStore {
  const uri = `socket://${path}`
  const connection = new StoreConnection(path)
  const found = async (key: string, options: StoreOptions): Promise<Answered & { info: ObjectInfo }> => {
    const answer = await connection.ask({ action: 'get', key }, options)
    if (answer.info !== null) return { ...answer, info: answer.info }
    throw new FldError('store_missing', `${uri}: ${key} is not there`, { details: { key } })
  }
  const put = async (key: string, body: Uint8Array, options: StoreOptions = {}): Promise<ObjectInfo> => {
    const { info } = await connection.ask({ action: 'put', key }, options, body)
    return info ?? { key, bytes: body.byteLength, etag: '' }
  }
  return {
    uri,
    put,
    putStream: async (key, body, options) => put(key, await gathered(body), options),
    putIfAbsent: async (key, body, options) =>
      (await connection.ask({ action: 'putIfAbsent', key }, options, body)).done,
    replaceIf: async (key, body, etag, options) =>
      (await connection.ask({ action: 'replaceIf', key, etag }, options, body)).done,
    get: async (key, { range, ...options } = {}) => {
      const { body } = await found(key, options)
      return range === undefined ? body : body.subarray(range.start, range.end)
    },
    async *stream(key, options = {}) {
      yield (await found(key, options)).body
    },
    head: async (key, options) => (await connection.ask({ action: 'head', key }, options)).info,
    async *list(prefix, { startAfter = '', ...options } = {}) {
      for (let last = startAfter; ; ) {
        const { page } = await connection.ask({ action: 'list', prefix, startAfter: last }, options)
        if (page.length === 0) return
        yield* page
        last = page.at(-1)?.key ?? last
      }
    },
    delete: async (keys, options) => void (await connection.ask({ action: 'delete', keys: [...keys] }, options)),
    close: async () => connection.close(),
  }
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
