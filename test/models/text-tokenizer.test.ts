import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readTextTokenizer, type TextTokenizer } from '../../src/models/text-tokenizer.js'
import { describeWithReference, referencePath } from '../reference-data.js'

const specialists = 'golden/specialists'
const florence2 = 'golden/florence2'
const packs = {
  clip: `${specialists}/clip`,
  siglip: `${specialists}/siglip`,
  owlv2: `${specialists}/owlv2`,
  'grounding-dino': `${specialists}/grounding-dino`,
  florence2: `${florence2}/tiny`,
} as const
type Pack = keyof typeof packs

const packNames = Object.keys(packs) as Pack[]

function readPack(pack: Pack): Promise<TextTokenizer> {
  const names = ['tokenizer.json', 'tokenizer_config.json']
  return readTextTokenizer(new Map(names.map((name) => [name, referencePath(`${packs[pack]}/${name}`)])))
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(referencePath(path), 'utf8')) as T
}

describeWithReference('text tokenizers give the ids of the reference', Object.values(packs), () => {
  const tokenizers = new Map<Pack, TextTokenizer>()
  beforeAll(async () => {
    for (const pack of packNames) tokenizers.set(pack, await readPack(pack))
  })

  function of(pack: Pack): TextTokenizer {
    const tokenizer = tokenizers.get(pack)
    if (tokenizer === undefined) throw new Error(`no tokenizer ${pack}`)
    return tokenizer
  }

  it.each([['clip'], ['siglip']] as const)('%s, padded and cut as its batch was', async (pack) => {
    const golden = await readJson<{ texts: string[]; input_ids: number[][] }>(`${packs[pack]}/expected.json`)
    expect(golden.texts.length).toBeGreaterThan(0)
    for (const [index, text] of golden.texts.entries()) {
      const ids = golden.input_ids[index] ?? []
      expect(of(pack).encode(text, { maxLength: ids.length, padTo: ids.length }).ids).toEqual(ids)
    }
  })

  it.each(['clip', 'owlv2'] as const)('%s, whose capital sigma is never final', (pack) => {
    expect(of(pack).encode('ΟΔΟΣ').ids.slice(-3)).toEqual([139, 481, 2013])
  })

  it('owlv2, with its mask', async () => {
    interface Golden {
      images: { queries: string[]; input_ids: number[][]; attention_mask: number[][] }[]
    }
    const { images } = await readJson<Golden>(`${packs.owlv2}/expected.json`)
    const length = 16
    const encoded = images.map(({ queries }) =>
      queries.map((query) => of('owlv2').encode(query, { maxLength: length, padTo: length })),
    )
    expect(encoded.map((image) => image.map(({ ids }) => ids))).toEqual(images.map(({ input_ids }) => input_ids))
    expect(encoded.map((image) => image.map(({ mask }) => mask))).toEqual(
      images.map(({ attention_mask }) => attention_mask),
    )
  })

  it('grounding-dino, with its tokens', async () => {
    const { images } = await readJson<{ images: { text: string; input_ids: number[]; tokens: string[] }[] }>(
      `${packs['grounding-dino']}/expected.json`,
    )
    expect(images.map(({ text }) => of('grounding-dino').encode(text))).toEqual(
      images.map(({ input_ids: ids, tokens }) => ({ ids, tokens, mask: ids.map(() => 1) })),
    )
  })

  it('florence2, its prompts, its padded batches and what it generated', async () => {
    interface Golden {
      images: { results: { prompt: string; inputIds: number[]; greedy: { ids: number[]; text: string } }[] }[]
      batches: { inputIds: number[][]; attentionMask: number[][] }[]
    }
    const { images, batches } = await readJson<Golden>(`${florence2}/cases.json`)
    const results = images.flatMap((image) => image.results)
    expect(results.length).toBeGreaterThan(100)
    for (const { prompt, inputIds, greedy } of results) {
      expect(of('florence2').encode(prompt).ids).toEqual(inputIds)
      expect(of('florence2').decode(greedy.ids)).toBe(greedy.text)
    }
    const prompts = new Map(results.map(({ prompt, inputIds }) => [inputIds.join(' '), prompt]))
    const padded = batches.flatMap(({ inputIds, attentionMask }) =>
      inputIds.map((ids, row) => ({ ids, mask: attentionMask[row] ?? [] })),
    )
    const known = padded.flatMap(({ ids, mask }) => {
      const text = prompts.get(ids.filter((_, at) => mask[at] === 1).join(' '))
      return text === undefined ? [] : [{ ids, mask, text }]
    })
    expect(known.length).toBeGreaterThan(3)
    for (const { ids, mask, text } of known) {
      expect(of('florence2').encode(text, { padTo: ids.length })).toMatchObject({ ids, mask })
    }
  })

  it.each([
    // From transformers 5.18 on these packs: ids, ids cut to five, text without special tokens.
    ['owlv2', 'a dog!', [2012, 320, 1929, 0, 2013], [2012, 320, 1929, 0, 2013], 'a dog'],
    ['clip', 'a dog!', [2012, 320, 1929, 256, 2013], [2012, 320, 1929, 256, 2013], 'a dog !'],
    [
      'clip',
      'naïve 日本',
      [2012, 1097, 127, 107, 563, 162, 245, 98, 162, 250, 361, 2013],
      [2012, 1097, 127, 107, 2013],
      'naïve 日本',
    ],
    ['siglip', 'Straße </s> x', [114, 69, 2, 12, 1, 3, 2, 1], [114, 69, 2, 12, 1], 'strae '],
    [
      'grounding-dino',
      'A café [MASK] x',
      [101, 200, 202, 236, 241, 240, 103, 223, 102],
      [101, 200, 202, 236, 102],
      'a cafe x',
    ],
  ] as const)('%s of %s', (pack, text, ids, cut, plain) => {
    expect(of(pack).encode(text).ids).toEqual(ids)
    expect(of(pack).encode(text, { maxLength: 5 }).ids).toEqual(cut)
    expect(of(pack).decode(ids, { skipSpecialTokens: true })).toBe(plain)
  })

  it.each(packNames)('%s keeps its last special token however much is cut, and pads behind it', (pack) => {
    const tokenizer = of(pack)
    const last = tokenizer.encode('').ids.at(-1)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 24 }), (text, most) => {
        const whole = tokenizer.encode(text)
        const cut = tokenizer.encode(text, { maxLength: most, padTo: most })
        const kept = cut.mask.filter((one) => one === 1).length
        expect([cut.ids.length, cut.mask.length, cut.tokens.length]).toEqual([most, most, most])
        expect(kept).toBe(Math.min(most, whole.ids.length))
        expect(cut.ids.slice(0, kept - 1)).toEqual(whole.ids.slice(0, kept - 1))
        expect(cut.ids[kept - 1]).toBe(last)
        expect(new Set(cut.ids.slice(kept))).toEqual(new Set(kept < most ? [tokenizer.padId] : []))
      }),
      { numRuns: 50 },
    )
  })

  it('refuses a length without room for the special tokens', () => {
    expect(() => of('clip').encode('a cat', { maxLength: 1 })).toThrow(/at most 1 tokens has no room for 2/)
  })

  it('decodes nothing to nothing', () => {
    expect(of('clip').decode([])).toBe('')
  })
})

describe('a small tokenizer', () => {
  const tokenizer = {
    added_tokens: [{ id: 1, content: '</s>', special: true, normalized: false }],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [],
      special_tokens: {},
    },
    decoder: null,
    model: { type: 'WordPiece', unk_token: '<unk>', vocab: { '<pad>': 0, '</s>': 1, '<unk>': 2, a: 3, cat: 4 } },
  }

  it('takes special tokens as objects, and those that only the older file names', async () => {
    const read = await readFiles({
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': { eos_token: { content: '</s>', lstrip: false }, model_max_length: 1e30 },
      'special_tokens_map.json': { pad_token: { content: '<pad>' }, unk_token: '<unk>' },
    })
    expect(read.encode('A cat', { padTo: 5 })).toEqual({
      ids: [3, 4, 1, 0, 0],
      mask: [1, 1, 1, 0, 0],
      tokens: ['a', 'cat', '</s>', '<pad>', '<pad>'],
    })
    expect(read.decode([3, 4, 2, 1, 0], { skipSpecialTokens: true })).toBe('a cat')
  })

  it('pads on the side that the configuration names', async () => {
    const config = { eos_token: '</s>', pad_token: '<pad>', padding_side: 'left' }
    const read = await readFiles({ 'tokenizer.json': tokenizer, 'tokenizer_config.json': config })
    expect(read.encode('cat', { padTo: 4 })).toMatchObject({ ids: [0, 0, 4, 1], mask: [0, 0, 1, 1] })
  })

  it.each([
    ['no padding', { eos_token: '</s>' }, /name no pad_token/],
    ['padding that the vocabulary lacks', { pad_token: '<nothing>' }, /has no token "<nothing>"/],
    ['a side that there is not', { pad_token: '<pad>', padding_side: 'top' }, /tokenizer_config\.json .*padding_side/s],
  ])('refuses %s', async (_name, config, message) => {
    const reading = readFiles({ 'tokenizer.json': tokenizer, 'tokenizer_config.json': config })
    await expect(reading).rejects.toMatchObject({ code: 'model_invalid', message: expect.stringMatching(message) })
  })

  it('names the file that is no tokenizer', async () => {
    const config = { pad_token: '<pad>' }
    await expect(readFiles({ 'tokenizer.json': {}, 'tokenizer_config.json': config })).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/tokenizer\.json .*model/s),
    })
    const odd = { ...tokenizer, decoder: { type: 'Odd' } }
    await expect(readFiles({ 'tokenizer.json': odd, 'tokenizer_config.json': config })).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/^tokenizer\.json .*Odd/),
    })
    await expect(readFiles({ 'tokenizer.json': tokenizer })).rejects.toThrow(/needs the file tokenizer_config\.json/)
  })
})

async function readFiles(contents: Readonly<Record<string, unknown>>): Promise<TextTokenizer> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-tokenizer-'))
  const files = new Map<string, string>()
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, name)
    await writeFile(path, JSON.stringify(content))
    files.set(name, path)
  }
  return readTextTokenizer(files)
}
