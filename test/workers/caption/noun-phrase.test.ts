import { describe, expect, it } from 'vitest'
import { articleFor, countedPhrase, nounOf, partPhrase, pluralOf } from '../../../workers/caption/noun-phrase.js'

const plurals = {
  dog: 'dogs',
  bus: 'buses',
  toothbrush: 'toothbrushes',
  sandwich: 'sandwiches',
  bench: 'benches',
  box: 'boxes',
  knife: 'knives',
  mouse: 'mice',
  person: 'people',
  snowman: 'snowmen',
  human: 'humans',
  sheep: 'sheep',
  cherry: 'cherries',
  key: 'keys',
  donkey: 'donkeys',
  potato: 'potatoes',
  kangaroo: 'kangaroos',
  piano: 'pianos',
  'wine glass': 'wine glasses',
  'hair drier': 'hair driers',
  'fire hydrant': 'fire hydrants',
  TV: 'TVs',
}

describe('nouns', () => {
  it.each(Object.entries(plurals))('%s, %s', (singular, plural) => {
    expect(pluralOf(singular)).toBe(plural)
  })

  it.each([
    ['umbrella', 'an'],
    ['apple', 'an'],
    ['dog', 'a'],
    ['unicycle', 'a'],
    ['uniform', 'a'],
    ['unusual dog', 'an'],
    ['ukulele', 'a'],
    ['hourglass', 'an'],
    ['house', 'a'],
    ['one-way sign', 'a'],
    ['onion', 'an'],
    ['european flag', 'a'],
    ['SUV', 'a'],
    ['x ray', 'an'],
  ])('%s takes %s', (noun, article) => {
    expect(articleFor(noun)).toBe(article)
  })

  it('are counted by their kind', () => {
    expect(countedPhrase('dog', 1, ['orange'])).toBe('an orange dog')
    expect(countedPhrase('scissors', 1)).toBe('a pair of scissors')
    expect(countedPhrase('skis', 3)).toBe('three pairs of skis')
    expect(countedPhrase('broccoli', 4, ['green'])).toBe('some green broccoli')
    expect(countedPhrase('sunglasses', 2)).toBe('two pairs of sunglasses')
    expect(countedPhrase('person', 40)).toBe('40 people')
  })

  it('refer to parts of what was introduced', () => {
    expect(partPhrase('dog', { count: 1, total: 1, adjectives: ['brown'] })).toEqual({
      text: 'the brown dog',
      plural: false,
    })
    expect(partPhrase('dog', { count: 2, total: 2 })).toEqual({ text: 'both dogs', plural: true })
    expect(partPhrase('sheep', { count: 5, total: 5 })).toEqual({ text: 'all five sheep', plural: true })
    expect(partPhrase('person', { count: 1, total: 3 })).toEqual({ text: 'one of the people', plural: false })
    expect(partPhrase('cup', { count: 2, total: 3, adjectives: ['red'] })).toEqual({
      text: 'two red cups',
      plural: true,
    })
    expect(partPhrase('skis', { count: 1, total: 2 })).toEqual({ text: 'one of the pairs of skis', plural: false })
    expect(partPhrase('broccoli', { count: 1, total: 2 })).toEqual({ text: 'some of the broccoli', plural: false })
  })

  it('are plain text whatever the label looks like', () => {
    expect(nounOf(' Traffic_Light ')).toBe('traffic light')
    expect(nounOf('Cabinet/shelf')).toBe('cabinet')
    expect(nounOf('tv')).toBe('TV')
  })
})
