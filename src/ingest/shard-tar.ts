import { type Pack, pack } from 'tar-stream'
import { FldError } from '../../schemas/errors.js'
import type { ObjectStore } from '../storage/object-store.js'

/** A tar on its way into the store. */
export interface ShardTar {
  /** Adds a member and gives the offset of its first byte in the tar. Resolves once the store has taken it in. */
  append(name: string, body: Uint8Array): Promise<number>
  /** Ends the tar and waits until it is visible. */
  finish(): Promise<void>
  /** Gives it up: nothing becomes visible. Does nothing to a finished one. */
  abandon(): Promise<void>
}

const blockSize = 512
const epoch = new Date(0)

async function* chunksOf(stream: Pack): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk
  }
}

/**
 * Begins a tar of the store. Headers hold nothing but name and size (time, owner and mode are constants), so that the
 * same members give the same bytes. Names are ASCII of at most 100 characters: one header block (POSIX.1-1988 ustar).
 */
export function openShardTar(options: { store: ObjectStore; key: string; signal?: AbortSignal | undefined }): ShardTar {
  const { store, key, signal } = options
  const stream = pack()
  const upload = store.putStream(key, chunksOf(stream), signal === undefined ? {} : { signal })
  // Reported by whichever call comes next.
  upload.catch(() => undefined)
  const ended = upload.then((): never => {
    throw new FldError('internal', `${store.uri}: ${key} ended before its last member`)
  })
  ended.catch(() => undefined)
  // What destroys the stream is told by the upload; without a listener it would end the process.
  stream.on('error', () => undefined)
  let length = 0
  let finished = false

  return {
    async append(name, body) {
      const taken = new Promise<void>((resolve, reject) => {
        const header = { name, size: body.byteLength, mode: 0o644, mtime: epoch, uid: 0, gid: 0 }
        stream.entry(header, Buffer.from(body.buffer, body.byteOffset, body.byteLength), (error) =>
          error ? reject(error) : resolve(),
        )
      })
      const offset = length + blockSize
      length = offset + Math.ceil(body.byteLength / blockSize) * blockSize
      // A failed upload destroys the stream: its own error says more than the stream's.
      await Promise.race([taken.catch(() => ended), ended])
      return offset
    },
    async finish() {
      stream.finalize()
      await upload
      finished = true
    },
    async abandon() {
      if (finished) return
      stream.destroy(new FldError('aborted', `${store.uri}: ${key} was given up`))
      await upload.catch(() => undefined)
    },
  }
}
