import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { z } from 'zod'

const recordSchema = z.looseObject({
  end: z.boolean().optional(),
  sample_id: z.string().optional(),
  image_id: z.string().optional(),
  image_bytes: z.number().default(0),
  cursor: z.string(),
})

/** A record of a stream, and the bytes that came with it. */
export interface ReadRecord extends z.infer<typeof recordSchema> {
  readonly image: Buffer
}

/** Asks a server for a path; the body is not read until somebody does. */
export async function ask(url: string, path: string): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = get(`${url}${path}`, { agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { request, response }
}

/** The answer of a server as text. */
export async function answerOf(url: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const { response } = await ask(url, path)
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, body }
}

/** The records of a stream, `end` included; throws where the connection ends before it. */
export async function* readRecords(url: string, query: string): AsyncGenerator<ReadRecord, void, undefined> {
  const { request, response } = await ask(url, `/feed?${query}`)
  if (response.statusCode !== 200) throw new Error(`${query}: ${response.statusCode}`)
  const lines = response.headers['content-type'] === 'application/x-ndjson'
  let pending: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of response) {
      pending = Buffer.concat([pending, chunk as Buffer])
      for (let next = lines ? lineOf(pending) : frameOf(pending); next !== null; ) {
        yield next.record
        if (next.record.end === true) return
        pending = pending.subarray(next.end)
        next = lines ? lineOf(pending) : frameOf(pending)
      }
    }
  } finally {
    request.destroy()
  }
  throw new Error('the connection ended in the middle of an epoch')
}

interface Read {
  readonly record: ReadRecord
  readonly end: number
}

function lineOf(bytes: Buffer): Read | null {
  const end = bytes.indexOf('\n') + 1
  return end === 0 ? null : { record: { ...parse(bytes.subarray(0, end)), image: Buffer.alloc(0) }, end }
}

function frameOf(bytes: Buffer): Read | null {
  const head = bytes.byteLength < 4 ? Infinity : 4 + bytes.readUInt32BE()
  if (bytes.byteLength < head) return null
  const record = parse(bytes.subarray(4, head))
  const end = head + record.image_bytes
  return bytes.byteLength < end ? null : { record: { ...record, image: bytes.subarray(head, end) }, end }
}

function parse(text: Buffer): z.infer<typeof recordSchema> {
  return recordSchema.parse(JSON.parse(text.toString('utf8')))
}

/** The ids of a reader's samples to the end of an epoch, and the cursor of the next. */
export async function readEpoch(url: string, query: string): Promise<{ ids: string[]; cursor: string }> {
  const ids: string[] = []
  for await (const { end, sample_id, cursor } of readRecords(url, query)) {
    if (end === true) return { ids, cursor }
    ids.push(sample_id ?? '')
  }
  throw new Error('no end')
}
