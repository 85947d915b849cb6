import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

export interface SeenRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly range: string | null
  readonly ifRange: string | null
  readonly authorization: string | null
  readonly at: number
}

/** Answers a request by hand; true when it did, false to let the server answer as usual. */
export type Interception = (request: IncomingMessage, response: ServerResponse, count: number) => boolean

/** A web server with files, byte ranges and ETags, that keeps what it was asked and can be told to misbehave. */
export interface ModelServer {
  /** http://127.0.0.1:port */
  readonly url: string
  /** The same server under another host name. */
  readonly otherUrl: string
  readonly requests: SeenRequest[]
  readonly files: Map<string, Uint8Array>
  /** By path; `count` tells the interception how often the path was asked for, from 1. */
  readonly interceptions: Map<string, Interception>
  close(): Promise<void>
}

export async function startModelServer(): Promise<ModelServer> {
  const requests: SeenRequest[] = []
  const files = new Map<string, Uint8Array>()
  const interceptions = new Map<string, Interception>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const header = (name: string) => request.headers[name]?.toString() ?? null
    requests.push({
      method: request.method ?? '',
      host: header('host') ?? '',
      path,
      range: header('range'),
      ifRange: header('if-range'),
      authorization: header('authorization'),
      at: performance.now(),
    })
    const count = requests.filter((seen) => seen.path === path).length
    if (!interceptions.get(path)?.(request, response, count)) serveFile(files.get(path), request, response)
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    otherUrl: `http://localhost:${port}`,
    requests,
    files,
    interceptions,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Sends the first `bytes` of a file of a known length, then cuts the connection. */
export function cutAfter(file: Uint8Array, bytes: number): Interception {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': file.byteLength, etag: etagOf(file) })
    response.write(file.subarray(0, bytes), () => response.destroy())
    return true
  }
}

export function answer(status: number, headers: Record<string, string> = {}): Interception {
  return (_request, response) => {
    response.writeHead(status, headers).end('no file')
    return true
  }
}

/** Only the first request meets the interception. */
export function once(interception: Interception): Interception {
  return (request, response, count) => count === 1 && interception(request, response, count)
}

/** Puts a package on the server as an npm registry would have it. */
export async function publishPackage(
  server: ModelServer,
  name: string,
  version: string,
  members: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const archive = pack()
  for (const [path, bytes] of Object.entries(members)) archive.entry({ name: `package/${path}` }, Buffer.from(bytes))
  archive.finalize()
  const tarball = gzipSync(await buffer(archive))
  const path = `/${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const packument = { name, versions: { [version]: { dist: { tarball: `${server.url}${path}`, integrity } } } }
  server.files.set(path, tarball)
  server.files.set(`/${name.replace('/', '%2f')}`, Buffer.from(JSON.stringify(packument)))
}

/** Answers with a file, or the part of it that is asked for, as web servers do; with 404 where there is none. */
export function serveFile(
  file: Uint8Array | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = {},
): void {
  if (file === undefined) {
    response.writeHead(404).end()
    return
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  const etag = etagOf(file)
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN)
  const ifRange = request.headers['if-range']
  if (Number.isNaN(start) || (ifRange !== undefined && ifRange !== etag)) {
    response.writeHead(200, { 'content-length': file.byteLength, etag, 'accept-ranges': 'bytes' }).end(file)
  } else if (start >= file.byteLength) {
    response.writeHead(416, { 'content-range': `bytes */${file.byteLength}` }).end()
  } else {
    const range = `bytes ${start}-${file.byteLength - 1}/${file.byteLength}`
    response.writeHead(206, { 'content-range': range, 'content-length': file.byteLength - start, etag })
    response.end(file.subarray(start))
  }
}

function etagOf(file: Uint8Array): string {
  return `"${createHash('sha1').update(file).digest('hex')}"`
}
