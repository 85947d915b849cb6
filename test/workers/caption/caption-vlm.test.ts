import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { captionVlm } from '../../../workers/caption/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { textOf } from '../../servers/chat-answer.js'
import { type ChatServer, startChatServer } from '../../servers/chat-server.js'
import { noSessions, painted } from '../painted-images.js'

async function load(server: ChatServer, options: Record<string, unknown> = {}) {
  return captionVlm.load({
    options: captionVlm.options.parse({ model: 'vlm', retry_pause_ms: 1, ...options }),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
    endpoint: { url: server.url, key: null },
  })
}

const images = [
  rasterInput('first', painted(120, 80, 'red')),
  rasterInput('second', painted(80, 120, 'blue')),
  rasterInput('third', painted(64, 64, 'black')),
]

describe('captions by a vision model', () => {
  let server: ChatServer
  beforeEach(async () => {
    server = await startChatServer()
  })
  afterEach(() => server.close())
  const annotate = async (options: Record<string, unknown> = {}) =>
    (await load(server, options)).annotate(images, { signal: new AbortController().signal })

  it('say what the whole image shows, briefly by default', async () => {
    expect(await annotate()).toEqual(
      [
        'A mostly red picture, wider than high.',
        'A mostly blue picture, higher than wide.',
        'A mostly black picture, as wide as high.',
      ].map((text) => [{ kind: 'caption', granularity: 'brief', text, score: 0.9, phrases: [] }]),
    )
    expect(server.seen.every((chat) => textOf(chat).includes('one short sentence'))).toBe(true)
  })

  it('of another granularity, or by a prompt of one’s own', async () => {
    expect((await annotate({ granularity: 'more_detailed' }))[0]).toMatchObject([{ granularity: 'more_detailed' }])
    expect(textOf(server.seen[0] ?? fail())).toContain('one paragraph')
    await annotate({ prompt: 'caption en' })
    expect(textOf(server.seen.at(-1) ?? fail()).trim()).toBe('caption en')
  })

  it('that are none are kept with their reason', async () => {
    server.use(() => ({ kind: 'text', content: 'word '.repeat(41) }))
    const text = 'word '.repeat(41).trim()
    expect((await annotate())[0]).toEqual([
      {
        kind: 'rejected_text',
        granularity: 'brief',
        region_id: null,
        text,
        reason: 'over_long',
        failed: { words: 41, max_words: 40 },
        score: 0,
      },
    ])
    expect((await annotate({ granularity: 'detailed' }))[0]).toMatchObject([{ kind: 'caption' }])
    expect((await annotate({ max_words: 41 }))[0]).toMatchObject([{ kind: 'caption' }])
  })
})

function fail(): never {
  throw new Error('nothing was asked')
}

describeAnnotatorConformance('caption-vlm', async () => {
  const server = await startChatServer()
  const annotator = await load(server)
  return {
    annotator,
    images,
    vocabulary: null,
    close: async () => {
      await annotator.dispose()
      await server.close()
    },
  }
})
