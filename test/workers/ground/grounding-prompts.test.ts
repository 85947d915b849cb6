import { beforeAll, expect, it } from 'vitest'
import { readTextTokenizer, type TextTokenizer } from '../../../src/models/text-tokenizer.js'
import { groundingPrompts } from '../../../workers/ground/grounding-prompts.js'
import { describeWithReference } from '../../reference-data.js'
import { packFiles } from './reference-grounding.js'

describeWithReference('prompts of a text', ['golden/specialists/grounding-dino'], () => {
  let tokenizer: TextTokenizer
  beforeAll(async () => {
    tokenizer = await readTextTokenizer(packFiles('grounding-dino'))
  })

  function decoded(text: string, maxTokens = 256): string[] {
    return groundingPrompts(text, tokenizer, maxTokens).map(({ ids }) => tokenizer.decode(ids))
  }

  /** The characters of each token that has any. */
  function pieces(text: string, maxTokens = 256): string[] {
    return groundingPrompts(text, tokenizer, maxTokens).flatMap(({ spans }) =>
      spans.flatMap((span) => (span ? [text.slice(span.start, span.end)] : [])),
    )
  }

  it('are in lower case, trimmed, with a full stop', () => {
    expect(decoded('  A Cat \n')).toEqual(['[CLS] a cat. [SEP]'])
    expect(decoded('a cat.')).toEqual(['[CLS] a cat. [SEP]'])
    expect(decoded('a cat?')).toEqual(['[CLS] a cat?. [SEP]'])
  })

  it('say where their tokens are in the text as it was written', () => {
    expect(pieces('  A Cat \n')).toEqual(['A', 'Cat'])
    expect(pieces('İ A Cat.')).toEqual(['İ', 'A', 'Cat', '.'])
  })

  it('are none for a text without a letter', () => {
    for (const text of ['', '  ', '...', '12 🐕?']) expect(groundingPrompts(text, tokenizer, 256)).toEqual([])
  })

  it('cannot be given special tokens by the text', () => {
    const [prompt] = groundingPrompts('[SEP] a [CLS]', tokenizer, 256)
    expect(prompt?.ids.filter((id) => id === 101 || id === 102)).toHaveLength(2)
  })

  it('are cut where sentences end, with the same tokens in all as in one', () => {
    const text = 'A red car. Two people riding.  A dog? 3.5 bicycles on the street.\nA tree'
    expect(decoded(text, 12)).toEqual([
      '[CLS] a red car. two people riding. [SEP]',
      ...['[CLS] a dog?. [SEP]', '[CLS] 3. 5 bicycles on the street. [SEP]', '[CLS] a tree. [SEP]'],
    ])
    expect(pieces(text, 12)).toEqual(pieces(text))
  })

  it('are cut between words where a sentence is too long, and inside one where a word is', () => {
    expect(decoded('a cat dog bear zebra sheep', 7)).toEqual([
      '[CLS] a cat dog bear. [SEP]',
      '[CLS] zebra sheep. [SEP]',
    ])
    expect(decoded('cat qwertyuiop', 6).every((each) => each.startsWith('[CLS] '))).toBe(true)
    for (const { ids } of groundingPrompts('cat qwertyuiop', tokenizer, 6)) expect(ids.length).toBeLessThanOrEqual(6)
    expect(pieces('cat qwertyuiop', 6).join('')).toBe('catqwertyuiop')
  })
})
