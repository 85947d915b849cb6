/** The storage of a bench: objects in memory behind a unix socket, and a set that is made up. Started by `drive-size.ts`. */
import { createServer } from 'node:net'
import { onFrames, writeFrame } from './frames.js'
import { madeUpObject } from './made-up-set.js'
import { tell } from './process-news.js'
import { type StoreAnswer, type StoreRequest, storeRequestSchema } from './store-protocol.js'
import { StoredObjects } from './stored-objects.js'

const [path = '', set = '', shards = '0', images = '0'] = process.argv.slice(2)
const made = { set, shards: Number(shards), images: Number(images) }
const objects = new StoredObjects()
/** How many there were of each kind, since the start. */
const requests: Record<string, number> = {}

type Reply = Partial<Omit<StoreAnswer, 'id'>> & { readonly body?: Uint8Array }

function stored(key: string): { info: StoreAnswer['info']; body: Uint8Array } | null {
  const object = objects.get(key)
  if (object) return { info: { key, bytes: object.body.byteLength, etag: object.etag }, body: object.body }
  const body = madeUpObject(made, key)
  return body === null ? null : { info: { key, bytes: body.byteLength, etag: 'made up' }, body }
}

function answer(request: StoreRequest, body: Uint8Array): Reply {
  switch (request.action) {
    case 'put':
      return { info: objects.put(request.key, body) }
    case 'putIfAbsent':
      return objects.get(request.key) === null ? { done: true, info: objects.put(request.key, body) } : {}
    case 'replaceIf':
      return objects.get(request.key)?.etag === request.etag ? { done: true, info: objects.put(request.key, body) } : {}
    case 'get':
      return stored(request.key) ?? {}
    case 'head':
      return { info: stored(request.key)?.info ?? null }
    case 'list':
      return { page: objects.page(request.prefix, request.startAfter) }
    case 'delete':
      for (const key of request.keys) objects.delete(key)
      return {}
  }
}

const server = createServer((socket) => {
  socket.on('error', () => undefined)
  onFrames(socket, ({ header, body: sent }) => {
    const request = storeRequestSchema.parse(header)
    requests[request.action] = (requests[request.action] ?? 0) + 1
    const { body, ...reply } = answer(request, sent)
    writeFrame(socket, { done: false, info: null, page: [], ...reply, id: request.id }, body)
  })
})
server.listen(path, () => tell({ kind: 'ready' }))
process.on('message', () => tell({ kind: 'requests', requests }))
process.once('disconnect', () => process.exit())
