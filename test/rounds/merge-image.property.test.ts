import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Box, boxIou } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import { mergeImage } from '../../src/rounds/index.js'
import type { ImageToMerge } from '../../src/rounds/merge/image-to-merge.js'
import { boxOfRow } from '../../src/rounds/merge/region-places.js'
import { image, merging, nothing, object, regionRow, saying, textRow, tripletRow } from './merge-fixture.js'

/** A few places, shifted a little: boxes meet often. */
const box: fc.Arbitrary<Box> = fc
  .tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 }), fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }))
  .map(([column, line, x, y]) => [
    20 + column * 150 + x,
    20 + line * 150 + y,
    140 + column * 150 + x,
    140 + line * 150 + y,
  ])
const label = fc.constantFrom('cat', 'dog', 'animal', 'car', 'truck')
const score = fc.double({ min: 0, max: 1, noNaN: true })
const seen: fc.Arbitrary<Observation> = fc
  .tuple(label, box, score)
  .map(([name, place, sure]) => object(name, place, sure))
const voice = (annotator: string) =>
  fc.array(seen, { maxLength: 8 }).map((observations) => ({ annotator, family: annotator, observations }))

const text = textRow('a cat and a dog')
const standing = fc
  .array(
    fc.record({
      label,
      box,
      score,
      votes: fc.integer({ min: 1, max: 3 }),
      phrase: fc.constantFrom('a cat', 'a dog', null),
    }),
    {
      maxLength: 8,
    },
  )
  .map((places) => {
    const regions = places.map((place, index) =>
      regionRow(place.label, place.box, {
        score: place.score,
        votes: place.votes,
        region_id: `${image.image_id}/o-${index}`,
      }),
    )
    const triplets = places.flatMap(({ phrase }, index) => {
      const region = regions[index]
      return phrase === null || region === undefined ? [] : [tripletRow(text, phrase, region)]
    })
    return { ...nothing, text: [text], region_text: regions, phrase_region: triplets }
  })

const merge: fc.Arbitrary<ImageToMerge> = fc
  .tuple(standing, fc.array(seen, { maxLength: 10 }), voice('picodet'), voice('yolox'))
  .map(([before, said, ...specialists]) => merging({ before, checkpoint: saying(said), specialists }))

test('every row of the round before goes on or is a reject, once', () => {
  fc.assert(
    fc.property(merge, (asked) => {
      const { region_text, phrase_region, rejects } = mergeImage(asked)
      const gone = rejects.map(({ payload }) => JSON.parse(payload).row).filter(Boolean)
      const ids = [...region_text, ...gone.filter((row) => 'label' in row)].map(({ region_id }) => region_id)
      for (const { region_id } of asked.before.region_text) expect(ids.filter((id) => id === region_id)).toHaveLength(1)
      expect(phrase_region.length + gone.filter((row) => 'phrase_score' in row).length).toBe(
        asked.before.phrase_region.length,
      )
    }),
  )
})

test('all that the checkpoint saw is in one region or a reject, once', () => {
  fc.assert(
    fc.property(merge, (asked) => {
      const { region_text, rejects } = mergeImage(asked)
      const stands = region_text.filter(({ support }) => support.includes('base-v1-image'))
      const refused = rejects.filter(({ payload }) => JSON.parse(payload).observations !== undefined)
      const said = asked.checkpoint.voices.flatMap(({ observations }) => observations)
      expect(stands.length + refused.length).toBe(said.length)
    }),
  )
})

test('no region takes a place and a label that another has', () => {
  fc.assert(
    fc.property(merge, (asked) => {
      const was = new Map(asked.before.region_text.map((row) => [row.region_id, row.label]))
      const { region_text: rows } = mergeImage(asked)
      const taken = rows.filter(({ region_id, label }) => was.get(region_id) !== label)
      for (const row of taken) {
        const same = rows.filter((each) => each.label === row.label && boxIou(boxOfRow(each), boxOfRow(row)) >= 0.5)
        expect(same).toEqual([row])
      }
    }),
  )
})

test('the order of voices, observations and rows changes no row', () => {
  fc.assert(
    fc.property(merge, (asked) => {
      const { before, checkpoint, specialists } = asked
      const backwards: ImageToMerge = {
        ...asked,
        before: { ...before, region_text: [...before.region_text].reverse() },
        checkpoint: {
          ...checkpoint,
          voices: checkpoint.voices.map((each) => ({ ...each, observations: [...each.observations].reverse() })),
        },
        specialists: [...specialists].reverse(),
      }
      const sorted = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort()
      const [one, other] = [mergeImage(asked), mergeImage(backwards)]
      expect(sorted(other.region_text)).toEqual(sorted(one.region_text))
      expect(sorted(other.rejects)).toEqual(sorted(one.rejects))
    }),
  )
})

test('a checkpoint that says exactly what is there changes no row but by its name, and no round after it changes any', () => {
  fc.assert(
    fc.property(standing, (before) => {
      const distinct = { ...before, phrase_region: [], region_text: before.region_text.slice(0, 1) }
      const said = distinct.region_text.map((row) => object(row.label ?? '', [row.x1, row.y1, row.x2, row.y2], 0.9))
      const first = mergeImage(merging({ before: distinct, checkpoint: saying(said) }))
      const {
        support: _,
        checkpoints: __,
        round: ___,
        ...rest
      } = first.region_text[0] ?? regionRow('cat', [0, 0, 1, 1])
      if (distinct.region_text.length > 0) expect(distinct.region_text[0]).toMatchObject(rest)
      const second = mergeImage({ ...merging({ before: first, checkpoint: saying(said) }), round: 2 })
      expect(second.region_text.map((row) => ({ ...row, round: 1 }))).toEqual(first.region_text)
      expect(second.rejects).toEqual([])
    }),
  )
})

test('boxes of new regions lie in the image, votes are those of specialists, scores are from 0 to 1', () => {
  fc.assert(
    fc.property(merge, (asked) => {
      for (const row of mergeImage(asked).region_text) {
        expect(row.x1).toBeGreaterThanOrEqual(0)
        expect(row.x2).toBeLessThanOrEqual(image.width)
        expect(row.score).toBeGreaterThanOrEqual(0)
        expect(row.score).toBeLessThanOrEqual(1)
        if (row.rule === 'round_borne_out') {
          expect(row.support).toContain('base-v1-image')
          expect(row.votes).toBe(row.support.length - 1)
        }
      }
    }),
  )
})
