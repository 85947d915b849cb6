import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'
import { encodeCursor } from './feed-cursor.js'
import { encodeFrame, encodeLine, sampleRecord, streamTypes } from './feed-frame.js'
import { parseFeedRequest } from './feed-request.js'
import type { OpenFeed } from './open-feed.js'
import { rankStream, type StreamRequest } from './rank-stream.js'
import { StreamWriter } from './stream-writer.js'

/** A feed that is served. */
export interface FeedServer {
  /** http://host:port */
  readonly url: string
  /** Ends every stream after the record that is under way; clients that do not read are cut off after `grace` ms. */
  stop(options: { grace: number }): Promise<void>
}

/** A reader that is connected, as `/info` shows it. */
interface Reader {
  readonly request: StreamRequest
  readonly stop: AbortController
  sent: number
}

/**
 * Serves a feed over HTTP: `GET /info`, and `GET /feed`, a stream of samples (docs/feed.md). Any number of readers
 * share the windows that are in memory; each gets its samples as fast as it takes them.
 */
export async function serveFeed(
  feed: OpenFeed,
  { host, port, log }: { host: string; port: number; log: (line: string) => void },
): Promise<FeedServer> {
  const readers = new Set<Reader>()
  const server = createServer({ keepAlive: true }, (request, response) => {
    answer({ feed, readers, log }, request, response).catch((error: unknown) => {
      log(`${request.method} ${request.url}: ${errorMessage(error)}`)
      response.destroy()
    })
  })
  await listen(server, { host, port })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    stop: ({ grace }) => stopServer(server, readers, grace),
  }
}

async function listen(server: Server, place: { host: string; port: number }): Promise<void> {
  try {
    await once(server.listen(place), 'listening')
  } catch (cause) {
    const message = `${place.host}:${place.port} cannot be listened at: ${errorMessage(cause)}`
    throw new FldError('config_invalid', message, { cause, details: place })
  }
}

async function stopServer(server: Server, readers: ReadonlySet<Reader>, grace: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const { stop } of readers) stop.abort()
  const late = setTimeout(() => server.closeAllConnections(), grace)
  await closed
  clearTimeout(late)
}

interface Served {
  readonly feed: OpenFeed
  readonly readers: Set<Reader>
  /** Told what breaks, but for what a client has asked wrongly. */
  readonly log: (line: string) => void
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away in the middle of a write: its stream is stopped by `close`.
  response.on('error', () => undefined)
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://feed')
  if (request.method !== 'GET') return refuse(response.setHeader('Allow', 'GET'), 405, 'only GET is answered')
  if (pathname === '/info') return sendJson(response, 200, infoOf(served))
  if (pathname !== '/feed') return refuse(response, 404, `there is no ${pathname}; there are /info and /feed`)
  try {
    await stream(served, parseFeedRequest(searchParams, served.feed.identity), response)
  } catch (error) {
    if (response.headersSent || response.destroyed) throw error
    if (statusOf(error) >= 500) served.log(`${request.url}: ${errorMessage(error)}`)
    sendError(response, error)
  }
}

async function stream({ feed, readers, log }: Served, request: StreamRequest, response: ServerResponse): Promise<void> {
  const reader: Reader = { request, stop: new AbortController(), sent: 0 }
  const { signal } = reader.stop
  response.once('close', () => reader.stop.abort())
  readers.add(reader)
  const type = request.images ? streamTypes.images : streamTypes.records
  const writer = new StreamWriter(response, { type, signal })
  try {
    await writeSamples(feed, reader, writer)
  } catch (error) {
    if (signal.aborted) return writer.end()
    if (!response.headersSent) throw error
    log(`rank ${request.share.rank}: ${errorMessage(error)}`)
    // The head is gone: the stream itself says why it ends.
    await writer.write(encodeOf(request)({ error: errorRecord(error) }))
  } finally {
    readers.delete(reader)
  }
  writer.end()
}

async function writeSamples(feed: OpenFeed, reader: Reader, writer: StreamWriter): Promise<void> {
  const { request, stop } = reader
  const encode = encodeOf(request)
  const samples = rankStream(feed.windows, request, { signal: stop.signal })
  for (let next = await samples.next(); ; next = await samples.next()) {
    if (next.done) return writer.write(encode({ end: true, cursor: encodeCursor(feed.identity, next.value) }))
    const { encoded, after } = next.value
    const record = encode(sampleRecord(next.value, encodeCursor(feed.identity, after)))
    await (encoded === null ? writer.write(record) : writer.write(record, encoded))
    reader.sent += 1
  }
}

function encodeOf({ images }: StreamRequest): (record: object) => Buffer {
  return images ? encodeFrame : encodeLine
}

function infoOf({ feed, readers }: Served): object {
  const shown = [...readers].map(({ request: { share, place }, sent }) => ({ ...share, epoch: place.epoch, sent }))
  return { ...feed.info, windows_loaded: feed.windows.loaded, readers: shown }
}

/** What a client can do something about has a status of its own; the rest is ours. */
const statuses: Partial<Record<ErrorCode, number>> = {
  config_invalid: 400,
  run_conflict: 409,
  store_unavailable: 503,
  aborted: 503,
}

function statusOf(error: unknown): number {
  return error instanceof FldError ? (statuses[error.code] ?? 500) : 500
}

function sendError(response: ServerResponse, error: unknown): void {
  sendJson(response, statusOf(error), { error: errorRecord(error) })
}

function errorRecord(error: unknown): object {
  const { code, details } = error instanceof FldError ? error : { code: 'internal', details: {} }
  const { parameter } = details as { parameter?: unknown }
  return { code, message: errorMessage(error), ...(parameter === undefined ? {} : { parameter }) }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { code: 'config_invalid', message } })
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
