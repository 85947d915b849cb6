import type { Socket } from 'node:net'

/** A message between a process and the storage: a small header, and the bytes of an object. */
export interface Frame {
  readonly header: unknown
  readonly body: Uint8Array
}

/** Two lengths stand before each frame: of the header as JSON, and of the body. */
const prefixBytes = 8

/** Writes one frame. */
export function writeFrame(socket: Socket, header: object, body: Uint8Array = new Uint8Array()): void {
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32LE(text.byteLength, 0)
  prefix.writeUInt32LE(body.byteLength, 4)
  socket.cork()
  socket.write(prefix)
  socket.write(text)
  if (body.byteLength > 0) socket.write(body)
  socket.uncork()
}

/** Calls back for each frame that arrives; bodies are copies, so that a small one does not keep a large read alive. */
export function onFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = pending.byteLength === 0 ? chunk : Buffer.concat([pending, chunk])
    let offset = 0
    for (let end = frameEnd(pending, offset); end !== null; end = frameEnd(pending, offset)) {
      const headerEnd = offset + prefixBytes + pending.readUInt32LE(offset)
      const header: unknown = JSON.parse(pending.toString('utf8', offset + prefixBytes, headerEnd))
      onFrame({ header, body: new Uint8Array(pending.subarray(headerEnd, end)) })
      offset = end
    }
    pending = pending.subarray(offset)
  })
}

/** Where the frame that begins at `offset` ends; null while part of it is on its way. */
function frameEnd(bytes: Buffer, offset: number): number | null {
  if (bytes.byteLength - offset < prefixBytes) return null
  const end = offset + prefixBytes + bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4)
  return bytes.byteLength < end ? null : end
}
