import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChatClient, type ChatClientSettings, openChatClient } from '../../../src/models/endpoint/chat-client.js'
import type { ChatBody } from '../../../src/models/endpoint/chat-protocol.js'
import { endpointTarget } from '../../../src/models/endpoint/endpoint-address.js'
import { imagePart } from '../../../src/models/endpoint/image-part.js'
import { textOf } from '../../servers/chat-answer.js'
import { type ChatFault, type ChatServer, startChatServer } from '../../servers/chat-server.js'
import { emptyCache } from '../packs/pack-fixtures.js'

const key = 'sk-never-shown-0123456789'
let server: ChatServer
let clients: ChatClient[]
let cacheFolder: string

beforeEach(async () => {
  server = await startChatServer({ key, models: ['vlm'] })
  clients = []
  cacheFolder = await emptyCache()
})
afterEach(async () => {
  for (const client of clients) client.close()
  await server.close()
  await rm(cacheFolder, { recursive: true })
})

function client(settings: Partial<ChatClientSettings> = {}): ChatClient {
  const opened = openChatClient({
    target: endpointTarget({ url: server.url, key }, undefined),
    timeoutMs: 20_000,
    retry: { attempts: 3, baseDelayMs: 1 },
    concurrency: 4,
    tokensPerMinute: null,
    cacheFolder: undefined,
    ...settings,
  })
  clients.push(opened)
  return opened
}

const body = (text = 'say something', more: Partial<ChatBody> = {}): ChatBody => ({
  model: 'vlm',
  messages: [{ role: 'user', content: text }],
  max_tokens: 50,
  temperature: 0,
  ...more,
})
const ask = (asked: ChatClient, request = body()) => asked.ask(request, { signal: new AbortController().signal })
const firstly = (...faults: ChatFault[]) => server.use((_request, index) => faults[index] ?? null)
const thrownBy = (asked: Promise<unknown>): Promise<Error> =>
  asked.then(
    () => Promise.reject(new Error('it answered')),
    (thrown) => thrown,
  )
const spoken = { kind: 'answer', text: 'A picture.', finish_reason: 'stop', refusal: null }

describe('a request', () => {
  it('goes out by the protocol, with the key, and brings the answer', async () => {
    const outcome = await ask(client(), body('- dog [1, 2, 3, 4]', { seed: 7, temperature: 0.5 }))
    expect(outcome).toMatchObject({ kind: 'answer', text: 'A picture with dog.', finish_reason: 'stop' })
    expect(server.seen).toMatchObject([
      { model: 'vlm', max_tokens: 50, temperature: 0.5, seed: 7, authorization: `Bearer ${key}` },
    ])
  })

  it('has a text in parts read as one', async () => {
    const content = [{ type: 'text', text: 'A dog ' }, { type: 'text', text: 'runs.' }, { type: 'other' }]
    firstly({ kind: 'body', body: JSON.stringify({ choices: [{ message: { content } }] }) })
    expect(await ask(client())).toEqual({
      kind: 'answer',
      text: 'A dog runs.',
      finish_reason: null,
      refusal: null,
      total_tokens: null,
    })
  })
})

describe('what may pass is asked again', () => {
  it.each<ChatFault>([
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503, body: 'loading' },
    { kind: 'status', status: 408 },
    { kind: 'status', status: 425 },
    { kind: 'status', status: 429 },
    { kind: 'reset' },
    { kind: 'cut' },
  ])('$kind $status, then an answer', async (fault) => {
    firstly(fault, fault)
    expect(await ask(client())).toMatchObject(spoken)
    expect(server.seen).toHaveLength(3)
  })

  it('after the pause that Retry-After asks for, not before', async () => {
    firstly({ kind: 'status', status: 429, headers: { 'retry-after': '1' } })
    expect(await ask(client())).toMatchObject(spoken)
    const [first, second] = server.seen
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('but a server that wants minutes is left for later', async () => {
    firstly({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } })
    const thrown = await thrownBy(ask(client()))
    expect(thrown).toMatchObject({ code: 'endpoint_unavailable', message: expect.stringContaining('3600 s') })
    expect(server.seen).toHaveLength(1)
  })

  it('an answer that takes too long counts as none', async () => {
    firstly({ kind: 'hold', until: new Promise(() => {}) })
    expect(await ask(client({ timeoutMs: 300 }))).toMatchObject(spoken)
    expect(server.seen).toHaveLength(2)
    await server.givenUp(1)
  })
})

describe('an endpoint that is no use is no fault of the image', () => {
  it('down after all tries', async () => {
    server.use(() => ({ kind: 'status', status: 500, body: '{"error":{"message":"out of memory"}}' }))
    const thrown = await thrownBy(ask(client()))
    expect(thrown).toMatchObject({ name: 'FldError', code: 'endpoint_unavailable' })
    expect(thrown.message).toMatch(/chat\/completions answered 500: out of memory \(tried 3 times\)$/)
    // And once more, for anything at all.
    expect(server.seen).toHaveLength(4)
  })

  it('too slow each time', async () => {
    server.use(() => ({ kind: 'hold', until: new Promise(() => {}) }))
    const thrown = await thrownBy(ask(client({ timeoutMs: 200, retry: { attempts: 2, baseDelayMs: 1 } })))
    expect(thrown).toMatchObject({ code: 'endpoint_unavailable' })
    expect(thrown.message).toContain('gave no answer within 0.2 s (tried 2 times)')
  })

  it('nobody listens', async () => {
    const elsewhere = await startChatServer()
    await elsewhere.close()
    const thrown = await thrownBy(ask(client({ target: endpointTarget({ url: elsewhere.url, key }, undefined) })))
    expect(thrown).toMatchObject({ code: 'endpoint_unavailable', message: expect.stringContaining('ECONNREFUSED') })
  })

  it('a key that is refused is not tried again, and shown nowhere, though the server quotes it', async () => {
    const wrong = 'sk-wrong-9876543210'
    const thrown = await thrownBy(ask(client({ target: endpointTarget({ url: server.url, key: wrong }, undefined) })))
    expect(thrown).toMatchObject({ code: 'endpoint_unavailable' })
    expect(thrown.message).toMatch(/answered 401: .*FLD_ENDPOINT_KEY/)
    expect(JSON.stringify([thrown.message, thrown.stack, thrown])).not.toContain(wrong)
    expect(server.seen).toHaveLength(1)
  })

  it('a server that quotes the key in other errors does not make us quote it, or a part of it', async () => {
    server.use(() => ({ kind: 'status', status: 500, body: `bad day for Bearer ${key} ${'x'.repeat(260)} ${key}` }))
    const thrown = await thrownBy(ask(client()))
    expect(thrown.message).toContain('bad day for Bearer [key]')
    expect(JSON.stringify([thrown.message, thrown.stack, String(thrown.cause)])).not.toContain(key.slice(0, 6))
  })

  it('a model that it does not have', async () => {
    const thrown = await thrownBy(ask(client(), body('hello', { model: 'unheard-of' })))
    expect(thrown).toMatchObject({ code: 'endpoint_unavailable' })
    expect(thrown.message).toMatch(/answered 404: it has no model "unheard-of"/)
  })

  it('an address that leads elsewhere: the key is not carried there', async () => {
    const elsewhere = await startChatServer()
    firstly({ kind: 'status', status: 307, headers: { location: `${elsewhere.url}/chat/completions` } })
    expect(await thrownBy(ask(client()))).toMatchObject({ code: 'endpoint_unavailable' })
    expect(elsewhere.seen).toEqual([])
    await elsewhere.close()
  })

  it.each<ChatFault>([
    { kind: 'status', status: 500, body: 'cuda error' },
    { kind: 'hold', until: new Promise(() => {}) },
    { kind: 'reset' },
  ])('but a request that fails each time, $kind, while another is answered, is at fault itself', async (fault) => {
    server.use((chat) => (textOf(chat) === 'odd' ? fault : null))
    const asked = client({ timeoutMs: 200, retry: { attempts: 2, baseDelayMs: 1 } })
    const thrown = await thrownBy(ask(asked, body('odd')))
    expect(thrown).toMatchObject({ code: 'annotator_failed', details: { model: 'vlm' } })
    expect(thrown.message).toMatch(/\(tried 2 times\), while another request was answered$/)
    expect(server.seen.map((chat) => textOf(chat) === 'odd')).toEqual([true, true, false])
  })

  it.each<ChatFault>([
    { kind: 'status', status: 429 },
    { kind: 'status', status: 503, headers: { 'retry-after': '0' } },
  ])('and a server that asks for patience, $status, is not held against the request', async (fault) => {
    server.use((chat) => (textOf(chat) === 'odd' ? fault : null))
    expect(await thrownBy(ask(client(), body('odd')))).toMatchObject({ code: 'endpoint_unavailable' })
    expect(server.seen).toHaveLength(3)
  })

  it('an abort while it is found out is an abort', async () => {
    const stop = new AbortController()
    server.use((chat) => {
      if (textOf(chat) === 'odd') return { kind: 'status', status: 500 }
      setImmediate(() => stop.abort(new Error('enough')))
      return { kind: 'hold', until: new Promise(() => {}) }
    })
    const asked = client().ask(body('odd'), { signal: stop.signal })
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  })

  it('but a request that it does not take is refused as this request', async () => {
    firstly({ kind: 'status', status: 400, body: '{"error":{"message":"image too large"}}' })
    const thrown = await thrownBy(ask(client()))
    expect(thrown).toMatchObject({ code: 'annotator_failed', message: expect.stringContaining('400: image too large') })
    expect(server.seen).toHaveLength(1)
  })
})

describe('an answer that is none is an outcome, not a crash', () => {
  it.each([
    ['no JSON', '<html>welcome</html>', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['no choices', '{"id":"x"}', 'choices: '],
    ['an empty list of choices', '{"choices":[]}', 'choices: '],
    ['no message', '{"choices":[{"text":"old protocol"}]}', 'choices.0.message: '],
    ['a number for a text', '{"choices":[{"message":{"content":42}}]}', 'choices.0.message.content: '],
    ['a list', '[]', 'the answer: '],
    ['an error with success', '{"error":{"message":"overloaded"}}', 'choices: '],
  ])('%s', async (_name, text, problem) => {
    firstly({ kind: 'body', body: text })
    const outcome = await ask(client({ cacheFolder }))
    expect(outcome).toMatchObject({ kind: 'malformed', body: text, problem: expect.stringContaining(problem) })
    expect(await readdir(cacheFolder)).toEqual([])
  })

  it('a body that never ends is read to its limit only', async () => {
    firstly({ kind: 'endless' })
    const outcome = await ask(client())
    expect(outcome).toMatchObject({ kind: 'malformed', problem: expect.stringContaining('longer than 4194304 bytes') })
    await server.givenUp(1)
  })

  it('a body that quotes the key is kept without it, also where it is cut', async () => {
    const cutInTheKey = `${'x'.repeat(490)}${key}`
    firstly({ kind: 'body', body: `you sent Bearer ${key}` }, { kind: 'body', body: cutInTheKey })
    const asked = client()
    expect(await ask(asked)).toMatchObject({ kind: 'malformed', body: 'you sent Bearer [key]' })
    expect(await ask(asked)).toMatchObject({ kind: 'malformed', body: `${'x'.repeat(490)}[key]` })
  })

  it('usage of a wrong type harms nothing', async () => {
    firstly({ kind: 'body', body: '{"choices":[{"message":{"content":"A dog."}}],"usage":{"total_tokens":"many"}}' })
    expect(await ask(client())).toMatchObject({ kind: 'answer', text: 'A dog.', total_tokens: null })
  })
})

describe('limits of an endpoint', () => {
  /** Requests wait until so many are there, and none has come on top in a while; then all are answered. */
  function answerWhenThere(count: number): void {
    let release = (): void => undefined
    const there = new Promise<void>((resolve) => {
      release = resolve
    })
    server.use((_request, index) => {
      if (index + 1 === count) void turns(200).then(release)
      return { kind: 'hold', until: there }
    })
  }

  it('never has more requests under way than allowed, and as many', async () => {
    answerWhenThere(3)
    const asked = client({ concurrency: 3 })
    await Promise.all(Array.from({ length: 12 }, (_, index) => ask(asked, body(`question ${index}`))))
    expect(server.seen).toHaveLength(12)
    expect(server.mostAtOnce).toBe(3)
  })

  it('is shared by all clients of the process: the smallest number counts while its client is there', async () => {
    answerWhenThere(2)
    const [one, other] = [client({ concurrency: 8 }), client({ concurrency: 2 })]
    const asks = Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? one : other, body(`question ${index}`)))
    await Promise.all(asks)
    expect(server.mostAtOnce).toBe(2)
    other.close()
    answerWhenThere(5)
    await Promise.all(Array.from({ length: 5 }, (_, index) => ask(one, body(`again ${index}`))))
    expect(server.mostAtOnce).toBe(5)
  })

  it('spends no more tokens in a minute than allowed, by what the answers say they cost', async () => {
    // 60 a second, of which the first answer has cost 20 more than there were.
    const usage = (total_tokens: number) =>
      JSON.stringify({ choices: [{ message: { content: 'A dog.' } }], usage: { total_tokens } })
    server.use((_request, index) => ({ kind: 'body', body: usage(index === 0 ? 3620 : 1) }))
    const asked = client({ tokensPerMinute: 3600 })
    await ask(asked)
    await ask(asked)
    const [first, second] = server.seen
    // 20 to pay back, and 54 for the next request.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000)
  })
})

describe('the cache of answers', () => {
  const cached = () => client({ cacheFolder })
  const files = async () =>
    (await readdir(cacheFolder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))

  it('asks nothing the second time, in another process as well', async () => {
    const first = await ask(cached())
    await server.close()
    expect(await ask(cached())).toEqual(first)
    const [file = '', ...others] = await files()
    expect(others).toEqual([])
    expect(file.slice(cacheFolder.length)).toMatch(/^\/([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}\.json$/)
    expect(await readFile(file, 'utf8')).not.toContain(key)
    server = await startChatServer()
  })

  it('asks again for another text, parameter or picture', async () => {
    const asked = cached()
    const pictures = await Promise.all(
      [10, 200].map((grey) =>
        imagePart({ width: 8, height: 8, data: new Uint8Array(192).fill(grey) }, { longestSide: 8, quality: 90 }),
      ),
    )
    const bodies = [body('one'), body('two'), body('one', { seed: 1 }), body('one', { temperature: 1 })]
    bodies.push(body('one', { max_tokens: 51 }))
    bodies.push(...pictures.map((picture) => body('', { messages: [{ role: 'user', content: [picture] }] })))
    for (const each of [...bodies, ...bodies]) await ask(asked, each)
    expect(server.seen).toHaveLength(bodies.length)
    expect(await files()).toHaveLength(bodies.length)
  })

  it.each(['', '{"text":', '{"text":7}', 'null'])('replaces a damaged file: %j', async (damage) => {
    const first = await ask(cached())
    const [file = ''] = await files()
    await writeFile(file, damage)
    expect(await ask(cached())).toEqual(first)
    expect(server.seen).toHaveLength(2)
    expect(await ask(cached())).toEqual(first)
    expect(server.seen).toHaveLength(2)
    expect(await files()).toEqual([file])
  })

  it('keeps a refusal, but neither an answer without words nor an error', async () => {
    firstly(
      { kind: 'text', content: '' },
      { kind: 'status', status: 400 },
      { kind: 'text', content: null, refusal: 'I cannot help with that.' },
    )
    expect(await ask(cached())).toMatchObject({ kind: 'answer', text: '' })
    await thrownBy(ask(cached()))
    expect(await files()).toEqual([])
    for (let time = 0; time < 2; time++)
      expect(await ask(cached())).toMatchObject({ refusal: 'I cannot help with that.' })
    expect(server.seen).toHaveLength(3)
  })

  it('in a folder that cannot be is no cache, and no error', async () => {
    const file = join(cacheFolder, 'file')
    await writeFile(file, '')
    expect(await ask(client({ cacheFolder: join(file, 'below') }))).toMatchObject(spoken)
  })
})

describe('an abort', () => {
  it('ends requests under way and those that wait, at the server too', async () => {
    server.use(() => ({ kind: 'hold', until: new Promise(() => {}) }))
    const stop = new AbortController()
    const asked = client({ concurrency: 2 })
    const asks = Array.from({ length: 5 }, (_, index) => asked.ask(body(`${index}`), { signal: stop.signal }))
    const outcomes = Promise.allSettled(asks)
    await until(() => server.atOnce === 2)
    stop.abort(new Error('enough'))
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'FldError', code: 'aborted' } })
    }
    await server.givenUp(2)
    expect(server.seen).toHaveLength(2)
    server.use(() => null)
    expect(await ask(asked)).toMatchObject(spoken)
  })

  it('ends the pause before the next try', async () => {
    const stop = new AbortController()
    server.use(() => {
      setImmediate(() => stop.abort(new Error('enough')))
      return { kind: 'status', status: 429, headers: { 'retry-after': '100' } }
    })
    await expect(client().ask(body(), { signal: stop.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends the wait for tokens', async () => {
    const stop = new AbortController()
    const asked = client({ tokensPerMinute: 60 })
    await ask(asked)
    const waiting = asked.ask(body('more'), { signal: stop.signal })
    setImmediate(() => stop.abort(new Error('enough')))
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    expect(server.seen).toHaveLength(1)
  })
})

/** Turns of the event loop: what has been sent meanwhile has arrived. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Looks at every turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turns(1)
}
