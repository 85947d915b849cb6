import sharp from 'sharp'
import { afterEach, beforeEach, expect, describe as group, it, test } from 'vitest'
import type { AnnotatorInput, EndpointAddress } from '../../../src/annotate/contract.js'
import { describe } from '../../../workers/describe/describe.js'
import { cropBox, describedRegions } from '../../../workers/describe/describe-regions.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { pictureOf, textOf } from '../../servers/chat-answer.js'
import { type ChatServer, startChatServer } from '../../servers/chat-server.js'
import { noSessions, painted, region } from '../painted-images.js'

let server: ChatServer
beforeEach(async () => {
  server = await startChatServer({ key: 'k' })
})
afterEach(() => server.close())

const signal = () => new AbortController().signal

async function annotator(options: Record<string, unknown> = {}, endpoint: Partial<EndpointAddress> = {}) {
  return describe.load({
    options: describe.options.parse({ model: 'vlm', retry_pause_ms: 1, ...options }),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
    endpoint: { url: server.url, key: 'k', ...endpoint },
  })
}

/** A red thing on the left of a white picture, a blue one on the right. */
function picture(more: Partial<AnnotatorInput> = {}): AnnotatorInput {
  const raster = painted(400, 200, 'white', [
    { box: [20, 20, 120, 180], paint: 'red' },
    { box: [200, 60, 380, 140], paint: 'blue' },
  ])
  const regions = [region('r1', 'post box', [20, 20, 120, 180]), region('r2', 'boat', [200, 60, 380, 140])]
  return { ...rasterInput('one', raster, { regions }), ...more }
}

group('the captions of regions', () => {
  it('speak of the crop that each region has, best regions first', async () => {
    const { regions } = picture()
    const [first = [], second] = await (await annotator({ margin: 0.02 })).annotate(
      [
        picture({ regions: [...regions, region('r3', 'sky', [130, 0, 180, 70], { score: 0.9 })] }),
        picture({ regions: [] }),
      ],
      { signal: signal() },
    )
    expect(first).toEqual([
      { kind: 'region_caption', region_id: 'r3', text: 'A mostly white picture, higher than wide.', score: 0.9 },
      { kind: 'region_caption', region_id: 'r1', text: 'A mostly red picture, higher than wide.', score: 0.9 },
      { kind: 'region_caption', region_id: 'r2', text: 'A mostly blue picture, wider than high.', score: 0.9 },
    ])
    expect(second).toEqual([])
  })

  it('the model sees the margin and the size that the options say, and the label only where the prompt wants it', async () => {
    const asked = await annotator({
      margin: 0.25,
      longest_side: 60,
      prompt: 'What does this {label} look like?',
      seed: null,
    })
    await asked.annotate([picture()], { signal: signal() })
    const chat = server.seen.find((seen) => textOf(seen).includes('boat'))
    if (chat === undefined) throw new Error('not asked')
    expect(textOf(chat).trim()).toBe('What does this boat look like?')
    const { width, height } = await sharp(pictureOf(chat) ?? Buffer.alloc(0)).metadata()
    // 155 to 400 of 400, clipped, by 40 to 160.
    expect([width, height]).toEqual([60, 29])
    expect(chat).toMatchObject({ model: 'vlm', temperature: 0, max_tokens: 100 })
    expect(chat.seed).toBeUndefined()
  })

  it('leave out texts, phrases, what is too small and what is beyond the number', () => {
    const options = { margin: 0, min_side: 10, max_regions: 2 }
    const regions = [
      region('a', 'dog', [0, 0, 50, 9]),
      region('b', 'dog', [0, 0, 50, 10], { score: 0.3 }),
      region('c', 'EXIT', [0, 0, 50, 50], { kind: 'text' }),
      region('d', 'a dog', [0, 0, 50, 50], { kind: 'phrase' }),
      region('e', 'cat', [0, 0, 50, 50], { score: 0.7 }),
      region('f', 'cow', [0, 0, 50, 50], { score: 0.5 }),
    ]
    expect(describedRegions(regions, options).map(({ region_id }) => region_id)).toEqual(['e', 'f'])
    expect(describedRegions(regions, { ...options, max_regions: 9 }).map((each) => each.region_id)).toEqual([
      'e',
      'f',
      'b',
    ])
  })

  it('the margin stays inside the image', () => {
    expect(cropBox([10, 10, 30, 50], { width: 100, height: 52 }, 0.1)).toEqual([8, 6, 32, 52])
    expect(cropBox([1, 1, 3, 5], { width: 100, height: 52 }, 0)).toEqual([1, 1, 3, 5])
  })

  it('an image without object regions is not even decoded', async () => {
    const untouched = picture({ regions: [], pixels: () => Promise.reject(new Error('decoded')) })
    expect(await (await annotator()).annotate([untouched], { signal: signal() })).toEqual([[]])
  })
})

test('no more crops are cut out than requests may be, over all images of a batch, and as many', async () => {
  let cut = 0
  const whole = await picture().pixels()
  let release = (): void => undefined
  const there = new Promise<void>((resolve) => {
    release = resolve
  })
  server.use(() => ({ kind: 'hold', until: there }))
  const batch = Array.from({ length: 4 }, () =>
    picture({
      pixels: async () => ({
        ...whole,
        get data() {
          cut++
          return whole.data
        },
      }),
    }),
  )
  const done = (await annotator({ concurrency: 3 })).annotate(batch, { signal: signal() })
  while (server.atOnce < 3) await turn()
  for (let more = 0; more < 200; more++) await turn()
  expect(cut).toBe(3)
  release()
  expect((await done).map((observations) => observations.length)).toEqual([2, 2, 2, 2])
  expect(server.mostAtOnce).toBe(3)
})

group('an answer that is no caption is kept with its reason', () => {
  it.each([
    [{ kind: 'text', content: "I'm sorry, but I can't help with that." }, 'refusal', { opening: "I'm sorry" }],
    [{ kind: 'text', content: '' }, 'empty_text', { finish_reason: 'stop' }],
    [
      { kind: 'text', content: 'a b', finish_reason: 'length' },
      'over_long',
      { finish_reason: 'length', max_tokens: 100 },
    ],
    [{ kind: 'text', content: 'so many words here' }, 'over_long', { words: 4, max_words: 3 }],
    [{ kind: 'body', body: 'hello' }, 'malformed', { problem: 'not JSON' }],
  ] as const)('%j', async (fault, reason, failed) => {
    server.use((chat) => (textOf(chat).includes('boat') ? fault : { kind: 'text', content: 'a post box' }))
    const asked = await annotator({ max_words: 3, prompt: 'this {label}' })
    const [observations] = await asked.annotate([picture()], { signal: signal() })
    expect(observations).toEqual([
      { kind: 'region_caption', region_id: 'r1', text: 'a post box', score: 0.9 },
      expect.objectContaining({ kind: 'rejected_text', granularity: null, region_id: 'r2', score: 0, reason, failed }),
    ])
  })
})

group('what is no fault of the image is thrown', () => {
  it('an endpoint that is down, and the other requests end', async () => {
    server.use((_chat, index) =>
      index === 0 ? { kind: 'hold', until: new Promise(() => {}) } : { kind: 'status', status: 500 },
    )
    const asked = await annotator({ attempts: 2 })
    await expect(asked.annotate([picture()], { signal: signal() })).rejects.toMatchObject({
      code: 'endpoint_unavailable',
    })
    await server.givenUp(1)
    expect(server.atOnce).toBe(0)
  })

  it('a key that is refused', async () => {
    const asked = await annotator({}, { key: 'wrong' })
    await expect(asked.annotate([picture()], { signal: signal() })).rejects.toMatchObject({
      code: 'endpoint_unavailable',
    })
  })
})

test('without an endpoint it does not load, and says what to set', async () => {
  const context = {
    options: describe.options.parse({ model: 'vlm' }),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
  }
  await expect(describe.load(context)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('FLD_ENDPOINT_URL'),
  })
  const named = describe.options.parse({ model: 'vlm', url: server.url })
  await expect(describe.load({ ...context, options: named })).resolves.toBeDefined()
})

test('options: a model is needed, what is unknown or out of range is refused', () => {
  expect(describe.options.safeParse({}).error?.issues[0]?.message).toContain('FLD_ENDPOINT_MODEL')
  const refused = [
    { key: 'sk-1' },
    { url: 'host:8000' },
    { concurrency: 0 },
    { score: 2 },
    { timeout_s: 301 },
    { prompt: ' ' },
  ]
  for (const each of refused) expect(describe.options.safeParse({ model: 'vlm', ...each }).success).toBe(false)
  expect(describe.options.parse({ model: 'vlm' })).toMatchObject({
    tokens_per_minute: null,
    score: 0.9,
    max_regions: 20,
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
