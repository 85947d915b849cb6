import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { regionWords } from '../../src/consensus/regions/region-texts.js'
import { source } from './sources.js'

const german = 'Ein brauner Hund läuft über eine grüne Wiese.'

function wordsOf(text: string, settings: Record<string, unknown> = {}) {
  const said = source('captioner', [{ kind: 'region_caption', region_id: 'r1', text, score: 0.5 }], {
    vocabulary: null,
  })
  return regionWords([said], new Set(['r1']), consensusConfigSchema.parse(settings))
}

describe('the caption of a crop', () => {
  it('stands beside its noun phrases', () => {
    const { words, rejects } = wordsOf('a tabby on a sofa')
    expect(words.captions('r1')).toEqual(['a tabby on a sofa'])
    expect(words.nounChunks('r1')).toEqual(['a tabby', 'a sofa'])
    expect(rejects).toEqual([])
  })

  it.each([
    [' ', 'empty_text', 'valid_text'],
    ['a dog on a sofa '.repeat(3000), 'over_long', 'max_text_characters'],
    ["I'm sorry, I can't describe this image.", 'refusal', 'text_refusal'],
    ['A dog and a dog and a dog and a dog and a dog.', 'repetition', 'max_repetition'],
    [german, 'wrong_language', 'text_languages'],
  ])('%j is rejected where it is of no use: %s', (text, reason, rule) => {
    const { words, rejects } = wordsOf(text)
    expect(words.captions('r1')).toEqual([])
    expect(rejects).toMatchObject([{ reason, rule, support: ['captioner'] }])
  })

  it('is not asked for its nouns in a language that the parser does not know', () => {
    const { words, rejects } = wordsOf(german, { text_languages: ['en', 'de'] })
    expect(words.captions('r1')).toEqual([german])
    expect(words.nounChunks('r1')).toEqual([])
    expect(rejects).toEqual([])
  })
})
