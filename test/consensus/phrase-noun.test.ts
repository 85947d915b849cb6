import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { namesLabel, nounOfPhrase, phraseFault } from '../../src/consensus/phrases/phrase-noun.js'

const config = consensusConfigSchema.parse({})

function spanOf(text: string, phrase: string) {
  const start = text.indexOf(phrase)
  return { start, end: start + phrase.length }
}

describe('a phrase that stands for no region', () => {
  it.each([
    ['It is on a chair.', 'It', 'blacklisted_phrase'],
    ['The image shows a cat.', 'The image', 'blacklisted_phrase'],
    ['In this picture a cat sleeps.', 'this picture', 'blacklisted_phrase'],
    ['An image of a cat.', 'An image', 'blacklisted_phrase'],
    ['A cat on the top of a car.', 'the top', 'blacklisted_phrase'],
    ['A cat looks at the other   objects.', 'the other   objects', 'blacklisted_phrase'],
    ['A cat sits in the background.', 'the background', 'abstract_phrase'],
    ['A cat sleeps on a sunny day.', 'a sunny day', 'abstract_phrase'],
    ['There are mountains in the far distance.', 'the far distance', 'abstract_phrase'],
    ['A cat on the left side of a room.', 'the left side', 'abstract_phrase'],
  ])('%s: %s', (text, phrase, reason) => {
    const fault = phraseFault(text, spanOf(text, phrase), config)
    expect(fault).toMatchObject({ reason, failed: { phrase } })
    const open = { ...config, phrase_blacklist: [], abstract_nouns: [] }
    expect(phraseFault(text, spanOf(text, phrase), open)).toBeNull()
  })
})

describe('a phrase that may stand for a region', () => {
  it.each([
    ['The sky above a road is red.', 'The sky'],
    ['A long shadow falls on a road.', 'A long shadow'],
    ['A long shadow falls on a road.', 'a road'],
    ['She wears a black top and jeans.', 'a black top'],
    ['There is a mine in the field.', 'a mine'],
    ['A framed picture hangs on a wall.', 'A framed picture'],
    ['A parking lot with many cars.', 'A parking lot'],
    ['A store front with a red sign.', 'A store front'],
  ])('%s: %s', (text, phrase) => {
    expect(phraseFault(text, spanOf(text, phrase), config)).toBeNull()
  })

  it('is not asked for its noun where the synonym table knows it', () => {
    const text = 'A dog sleeps.'
    expect(phraseFault(text, spanOf(text, 'A dog'), { ...config, abstract_nouns: ['dog'] })).toBeNull()
  })
})

describe('the noun of a phrase', () => {
  it('names a label, and what is wider or narrower', () => {
    const text = 'A small puppy and a limousine on the lawn.'
    const puppy = nounOfPhrase(text, spanOf(text, 'A small puppy'))
    const car = nounOfPhrase(text, spanOf(text, 'a limousine'))
    expect(namesLabel(puppy, 'dog')).toBe(true)
    expect(namesLabel(puppy, 'cat')).toBe(false)
    expect(namesLabel(car, 'car')).toBe(true)
    expect(namesLabel(car, 'dog')).toBe(false)
  })

  it('is that of the noun phrase of the text that it holds, as the text means it', () => {
    // By itself `glove` is no baseball glove.
    const text = 'A baseball player with a new glove in his hand.'
    expect(nounOfPhrase(text, spanOf(text, 'with a new glove in')).label).toBe('baseball glove')
    expect(nounOfPhrase(text, spanOf(text, 'new glove')).head).toBe('glove')
  })

  it('is its own name where the synonym table has none', () => {
    const text = 'A tiny quokka eats.'
    expect(namesLabel(nounOfPhrase(text, spanOf(text, 'A tiny quokka')), 'quokka')).toBe(true)
  })
})
