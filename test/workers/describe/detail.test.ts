import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotateImages } from '../../../src/annotate/annotate-images.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { detail } from '../../../workers/describe/detail.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { emptyCache } from '../../models/packs/pack-fixtures.js'
import { pictureOf, textOf } from '../../servers/chat-answer.js'
import { type ChatServer, startChatServer } from '../../servers/chat-server.js'
import { briefText, noSessions, painted, region } from '../painted-images.js'

let server: ChatServer
let cacheFolder: string
beforeEach(async () => {
  server = await startChatServer()
  cacheFolder = await emptyCache()
})
afterEach(async () => {
  await server.close()
  await rm(cacheFolder, { recursive: true })
})

const signal = () => new AbortController().signal

function annotator(options: Record<string, unknown> = {}) {
  return detail.load({
    options: detail.options.parse({ model: 'vlm', retry_pause_ms: 1, attempts: 2, ...options }),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
    endpoint: { url: server.url, key: null },
    cacheFolder,
  })
}

const decided = {
  texts: [briefText('a dog by a door')],
  regions: [region('r1', 'dog', [0, 0, 40, 40]), region('r2', 'EXIT', [50, 0, 90, 10], { kind: 'text' })],
}
const picture = (image_id = 'one'): AnnotatorInput => rasterInput(image_id, painted(100, 60, 'green'), decided)
const unseen = (more: Partial<AnnotatorInput> = {}): AnnotatorInput => ({
  ...picture(),
  pixels: () => Promise.reject(new Error('decoded')),
  ...more,
})

describe('detailed texts', () => {
  it('are written from the image and what is known of it, both by default', async () => {
    const [observations] = await (await annotator({ score: 0.7 })).annotate([picture()], { signal: signal() })
    const text = 'A mostly green picture, wider than high with dog and the words EXIT.'
    expect(observations).toEqual([
      { kind: 'caption', granularity: 'detailed', text, score: 0.7, phrases: [] },
      { kind: 'caption', granularity: 'more_detailed', text, score: 0.7, phrases: [] },
    ])
    expect(server.seen.map((chat) => /one paragraph/.test(textOf(chat)))).toEqual([false, true])
    expect(textOf(server.seen[0] ?? never())).toContain('- a dog by a door')
  })

  it('by a model without eyes from the notes alone, the image not decoded', async () => {
    const asked = await annotator({ vision: false, granularities: ['more_detailed'] })
    const [observations] = await asked.annotate([unseen()], { signal: signal() })
    expect(observations).toMatchObject([
      { granularity: 'more_detailed', text: 'A picture with dog and the words EXIT.' },
    ])
    expect(server.seen.map(pictureOf)).toEqual([null])
    expect(typeof server.seen[0]?.messages[0]?.content).toBe('string')
  })

  it('are not invented: without eyes and notes nothing is asked', async () => {
    const asked = await annotator({ vision: false })
    expect(await asked.annotate([unseen({ texts: [], regions: [] })], { signal: signal() })).toEqual([[]])
    expect(server.seen).toEqual([])
  })

  it('that are none are kept with granularity and reason, beside those that are', async () => {
    server.use((_chat, index) => (index === 0 ? { kind: 'text', content: 'I cannot see images.' } : null))
    const [observations] = await (await annotator()).annotate([picture()], { signal: signal() })
    expect(observations).toMatchObject([
      {
        kind: 'rejected_text',
        granularity: 'detailed',
        region_id: null,
        text: 'I cannot see images.',
        reason: 'refusal',
        failed: { opening: 'I cannot' },
      },
      { kind: 'caption', granularity: 'more_detailed' },
    ])
  })

  it('are over long by the words of their own granularity', async () => {
    server.use(() => ({ kind: 'text', content: 'one two three four' }))
    const asked = await annotator({ max_words: { detailed: 3, more_detailed: 4 } })
    const [observations] = await asked.annotate([picture()], { signal: signal() })
    expect(observations).toMatchObject([
      { kind: 'rejected_text', reason: 'over_long', failed: { words: 4, max_words: 3 } },
      { kind: 'caption', text: 'one two three four' },
    ])
  })
})

describe('a shard whose endpoint goes away', () => {
  it('is thrown as a whole, and what was answered is not asked again the next time', async () => {
    const images = Array.from({ length: 4 }, (_, index) => {
      const texts = [briefText(`picture ${index}`)]
      return { ...picture(String(index)), texts }
    })
    const asked = await annotator({ granularities: ['detailed'], concurrency: 1 })
    server.use((_chat, index) => (index < 2 ? null : { kind: 'status', status: 503 }))
    const settings = { annotator: asked, batchSize: 4, signal: signal() }
    await expect(annotateImages(images, settings)).rejects.toMatchObject({ code: 'endpoint_unavailable' })
    // Two answers, two tries, and whether it answers at all.
    expect(server.seen).toHaveLength(5)
    server.use(() => null)
    const done = await annotateImages(images, settings)
    expect(done.map(({ failure, observations }) => [failure, observations.length])).toEqual(images.map(() => [null, 1]))
    expect(server.seen).toHaveLength(7)
  })

  it('but one request that fails each time is the failure of its image, also where all others are in the cache', async () => {
    server.use((chat) => (textOf(chat).includes('picture 1') ? { kind: 'status', status: 500, body: 'too odd' } : null))
    const images = [0, 1, 2].map((index) => ({ ...picture(String(index)), texts: [briefText(`picture ${index}`)] }))
    const asked = await annotator({ granularities: ['detailed'] })
    for (let time = 0; time < 2; time++) {
      const done = await annotateImages(images, { annotator: asked, batchSize: 3, signal: signal() })
      expect(done.map(({ failure }) => failure)).toEqual([null, expect.stringContaining('500: too odd'), null])
    }
  })

  it('but one request that is refused is the failure of its image, and only its', async () => {
    server.use((chat) => (textOf(chat).includes('picture 1') ? { kind: 'status', status: 400, body: 'too odd' } : null))
    const images = [0, 1, 2].map((index) => ({ ...picture(String(index)), texts: [briefText(`picture ${index}`)] }))
    const asked = await annotator({ granularities: ['detailed'] })
    const done = await annotateImages(images, { annotator: asked, batchSize: 3, signal: signal() })
    expect(done.map(({ failure }) => failure)).toEqual([null, expect.stringContaining('400: too odd'), null])
  })
})

function never(): never {
  throw new Error('nothing was asked')
}
