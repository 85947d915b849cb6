import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BeamRow } from '../../../../workers/florence2/decoding/beam-row.js'
import type { DecodedRow, SearchSettings } from '../../../../workers/florence2/decoding/decode-protocol.js'
import { GreedyRow } from '../../../../workers/florence2/decoding/greedy-row.js'
import type { SearchRow } from '../../../../workers/florence2/decoding/search-row.js'

const vocabulary = 6
const tokens = { start: 2, end: 2, pad: 1, forcedFirst: 0, forcedLast: 2 }

/** Logits that depend on the whole sequence, as a decoder's do: a hash of it. */
function logitsAfter(ids: readonly number[], seed: number): number[] {
  let state = seed
  for (const id of ids) state = Math.imul(state ^ (id + 1), 2_654_435_761) >>> 0
  return Array.from({ length: vocabulary }, (_, token) => {
    const mixed = Math.imul(state ^ Math.imul(token + 1, 40_503), 2_246_822_519) >>> 0
    return (mixed / 2 ** 32) * 6
  })
}

function search(row: SearchRow, seed: number): DecodedRow {
  let sequences: number[][] = [[]]
  if (!row.done) sequences = [row.length === 2 ? [2, 0] : [2]]
  while (!row.done) {
    const logits = sequences.map((ids) => ({
      values: Float32Array.from(logitsAfter(ids, seed)),
      start: 0,
      length: vocabulary,
    }))
    const parents = row.advance(logits)
    if (row.done) break
    const last = row.lastIds()
    sequences = parents.map((parent, place) => [...(sequences[parent] ?? []), last[place] ?? 0])
  }
  return row.result()
}

/** The log-probability of a whole sequence by the same logits, forced tokens free. */
function scoreOf(ids: readonly number[], seed: number, maxLength: number): number {
  let sum = 0
  for (let place = 2; place < ids.length; place++) {
    if (place === maxLength - 1) continue
    const logits = logitsAfter(ids.slice(0, place), seed).map(Math.fround)
    const total = Math.log(logits.reduce((all, value) => all + Math.exp(value), 0))
    sum += (logits[ids[place] ?? 0] ?? 0) - total
  }
  return sum
}

function settings(beams: number, rest: Partial<SearchSettings> = {}): SearchSettings {
  return { beams, noRepeatNgramSize: 0, lengthPenalty: 1, earlyStopping: true, minLength: 0, ...rest }
}

const seeds = fc.integer({ min: 1, max: 2 ** 31 })
const lengths = fc.integer({ min: 2, max: 7 })

describe('search for an answer', () => {
  it('begins and ends as it must, and its score is that of its ids', () => {
    fc.assert(
      fc.property(seeds, lengths, fc.integer({ min: 1, max: 4 }), (seed, maxLength, beams) => {
        const context = { search: settings(beams), tokens, maxLength }
        const { ids, score } = search(beams === 1 ? new GreedyRow(context) : new BeamRow(context), seed)
        expect(ids.slice(0, 2)).toEqual(maxLength === 2 ? [2, 2] : [2, 0])
        expect(ids.at(-1)).toBe(2)
        expect(ids.slice(1, -1)).not.toContain(2)
        expect(score).toBeCloseTo(scoreOf(ids, seed, maxLength) / (ids.length - 1), 5)
      }),
    )
  })

  it('with beams enough for everything finds the best answer there is', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 3, max: 5 }), (seed, maxLength) => {
        const exhaustive = settings(vocabulary ** 3, { earlyStopping: 'never', lengthPenalty: 0 })
        const { score } = search(new BeamRow({ search: exhaustive, tokens, maxLength }), seed)
        const best = Math.max(...answersFrom([2, 0], maxLength).map((ids) => scoreOf(ids, seed, maxLength)))
        expect(score).toBeCloseTo(best, 5)
      }),
      { numRuns: 40 },
    )
  })

  it('repeats no n-gram that it may not', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3 }), (seed, beams) => {
        const context = { search: settings(beams, { noRepeatNgramSize: 2 }), tokens, maxLength: 20 }
        const { ids } = search(beams === 1 ? new GreedyRow(context) : new BeamRow(context), seed)
        const pairs = ids.slice(0, -1).map((id, place) => `${id},${ids[place + 1]}`)
        // What is forced is not asked.
        const free = ids.length === 20 ? pairs.slice(0, -1) : pairs
        expect(new Set(free).size).toBe(free.length)
      }),
    )
  })

  it('NaN in the logits is an error, not an answer', () => {
    const row = new GreedyRow({ search: settings(1), tokens, maxLength: 9 })
    const values = Float32Array.of(0, Number.NaN, 1, 0, 0, 0)
    expect(() => row.advance([{ values, start: 0, length: vocabulary }])).toThrow(/logits hold NaN/)
  })
})

/** All answers that end, or reach the last place and are ended there. */
function answersFrom(ids: readonly number[], maxLength: number): number[][] {
  if (ids.length === maxLength - 1) return [[...ids, 2]]
  return Array.from({ length: vocabulary }, (_, token) => token).flatMap((token) =>
    token === 2 ? [[...ids, 2]] : answersFrom([...ids, token], maxLength),
  )
}
