import fc from 'fast-check'
import type { Box } from '../../schemas/geometry.js'
import type { ObjectObservation, Observation } from '../../schemas/observation.js'
import { type DecidedImage, readyForLanguages, type Source } from '../../src/consensus/index.js'

// The tests decide on texts of any language.
await readyForLanguages(['Собака'])

export const image: DecidedImage = { image_id: '0123456789abcdef01234567', width: 640, height: 480 }

/** What a test does not say about a source: a detector of its own family that knows cat, dog and tv. */
export function source(annotator: string, observations: readonly Observation[], rest: Partial<Source> = {}): Source {
  const vocabulary = ['cat', 'dog', 'tv']
  return { annotator, family: annotator, vocabulary, human: false, failure: null, observations, ...rest }
}

export function object(label: string, score: number, box: Box): ObjectObservation {
  return { kind: 'object', label, score, box }
}

/** An axis-aligned quad around a box, clockwise from the top left. */
export function quadOf([x1, y1, x2, y2]: Box): number[] {
  return [x1, y1, x2, y1, x2, y2, x1, y2]
}

const coordinate = fc.double({ min: -50, max: 700, noNaN: true })
const score = fc.double({ min: 0, max: 1, noNaN: true })

const anyBox: fc.Arbitrary<Box> = fc.tuple(coordinate, coordinate, coordinate, coordinate)
/** Boxes that overlap often: a few places, shifted a little. */
const nearBox: fc.Arbitrary<Box> = fc
  .record({
    place: fc.nat({ max: 3 }),
    shift: fc.array(fc.double({ min: -15, max: 15, noNaN: true }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ place, shift: [a = 0, b = 0, c = 0, d = 0] }) => [
    place * 120 + a,
    place * 90 + b,
    place * 120 + 150 + c,
    place * 90 + 130 + d,
  ])

const anyObject: fc.Arbitrary<Observation> = fc.record({
  kind: fc.constant('object' as const),
  label: fc.constantFrom('cat', 'Dog', 'tv', 'tvmonitor', 'unicorn'),
  // Now and then a score that no annotator may give.
  score: fc.oneof({ weight: 20, arbitrary: score }, { weight: 1, arbitrary: fc.constantFrom(1.5, -1) }),
  box: fc.oneof({ weight: 6, arbitrary: nearBox }, { weight: 1, arbitrary: anyBox }),
})

const anyText: fc.Arbitrary<Observation> = fc
  .record({ text: fc.constantFrom('STOP', 'stop sign', 'EXIT', ' '), score, box_score: score, box: nearBox })
  .map((text) => ({ kind: 'text_region', ...text, quad: quadOf(text.box) }))

/** One to five annotators of up to four families, each with up to a dozen observations of few places. */
export const anySources: fc.Arbitrary<Source[]> = fc
  .array(
    fc.record({
      family: fc.constantFrom('yolox', 'picodet', 'deimv2', 'human'),
      vocabulary: fc.constantFrom(['cat', 'dog', 'tv'], ['dog'], null),
      failure: fc.constantFrom(null, null, null, 'out of memory'),
      observations: fc.array(fc.oneof({ weight: 4, arbitrary: anyObject }, { weight: 1, arbitrary: anyText }), {
        maxLength: 12,
      }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((sources) =>
    sources.map((each, index) => ({
      ...each,
      annotator: `${each.family}-${index}`,
      human: each.family === 'human',
      observations: each.failure === null ? each.observations : [],
    })),
  )
