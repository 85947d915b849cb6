import { describe, expect, it } from 'vitest'
import { bestQueries } from '../../../workers/ground/best-query.js'
import { groundOptionsSchema } from '../../../workers/ground/options.js'
import { askedQueries } from '../../../workers/ground/owlv2-queries.js'
import { textWith } from './reference-grounding.js'

describe('what OWLv2 is asked', () => {
  it('are the known phrases of all texts, each once, competing within their text', () => {
    const texts = [
      textWith('A cat on a chair', 'A cat', 'a chair'),
      textWith('a  cat.', 'a  cat'),
      textWith('no phrases'),
    ]
    const { queries, groups } = askedQueries(texts, undefined)
    expect(queries).toEqual(['A cat', 'a chair'])
    expect(groups.map(({ text, members }) => [text, members.map(({ query }) => query)])).toEqual([
      ['A cat on a chair', [0, 1]],
      ['a  cat.', [0]],
      ['no phrases', []],
    ])
  })

  it('are the places of a text that two granularities share', () => {
    const [first, second] = [textWith('a cat, a dog', 'a cat', ' '), textWith('a cat, a dog', 'a cat', ' a dog')]
    const { groups } = askedQueries([first, second], undefined)
    expect(groups).toHaveLength(1)
    expect(groups[0]?.members.map(({ places }) => places)).toEqual([[{ start: 0, end: 5 }], [{ start: 7, end: 12 }]])
  })

  it('are the names of the options, whatever the texts are', () => {
    const { queries, groups } = askedQueries([textWith('a cat', 'a cat')], ['dog', 'Dog', 'sky'])
    expect(queries).toEqual(['dog', 'sky'])
    expect(groups).toEqual([
      {
        text: null,
        members: [
          { query: 0, label: 'dog', places: [] },
          { query: 1, label: 'sky', places: [] },
        ],
      },
    ])
  })
})

describe('the best query of a patch', () => {
  const logits = [Float32Array.of(0, 2, -1), Float32Array.of(1, 2, -9), Float32Array.of(5, 5, 5)]
  const boxes = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0, 0, 0, 0)

  it('is the first of the highest among those that compete; the threshold is strict', () => {
    const frame = { threshold: 1 / (1 + Math.exp(-1)), width: 40, height: 80 }
    expect(bestQueries({ logits, boxes }, [0, 1], frame)).toEqual([
      { query: 0, score: 1 / (1 + Math.exp(-2)), box: [0, 0, 40, 40] },
    ])
    expect(bestQueries({ logits, boxes }, [1, 2], { ...frame, threshold: 0.9 }).map(({ query }) => query)).toEqual([
      1, 1, 1,
    ])
    expect(bestQueries({ logits, boxes }, [], frame)).toEqual([])
  })
})

describe('options', () => {
  it('have a model, and only its own', () => {
    expect(groundOptionsSchema.parse({ model: 'owlv2' })).toMatchObject({ template: '{}', queries_per_run: 32 })
    expect(() => groundOptionsSchema.parse({ model: 'owlv2', text_threshold: 0.2 })).toThrow('text_threshold')
    expect(() => groundOptionsSchema.parse({ model: 'owlv2', template: 'a photo' })).toThrow('template')
    expect(() => groundOptionsSchema.parse({ model: 'owlv2', queries: [' '] })).toThrow('queries')
    expect(() => groundOptionsSchema.parse({ model: 'grounding-dino', box_threshold: 2 })).toThrow('box_threshold')
    expect(() => groundOptionsSchema.parse({ model: 'glip' })).toThrow('model')
  })
})
