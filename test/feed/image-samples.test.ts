import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FeedOptions, feedOptionsSchema } from '../../schemas/feed.js'
import { parseAnswer } from '../../schemas/florence2/parse.js'
import { pointLocations } from '../../schemas/florence2/quantizer.js'
import { florence2Tasks } from '../../schemas/florence2/tasks.js'
import type { Box } from '../../schemas/geometry.js'
import type { AnnotatedImage } from '../../src/feed/samples/annotated-image.js'
import { atMostTokens } from '../../src/feed/samples/count-tokens.js'
import { imageSamples } from '../../src/feed/samples/image-samples.js'
import { annotated, line, phrase, record, region, text } from './annotated-image.js'

function made(image: AnnotatedImage, options: Partial<FeedOptions> = {}) {
  const { samples, left_out } = imageSamples(image, {
    options: feedOptionsSchema.parse(options),
    countTokens: atMostTokens,
  })
  const said = samples.map(({ sample_id, prompt, target }) => [
    sample_id.slice(record.image_id.length + 1),
    prompt,
    target,
  ])
  return { samples, said, left_out: left_out.map(({ task, reason, source }) => [task, reason, source.slice(25)]) }
}

const cat = region('o-cat', 'cat', [64, 48, 128, 96], {
  brief_text: 'a tabby cat',
  chosen_text: 'a tabby cat',
  score: 0.9,
})
const dog = region('o-dog', 'dog', [0, 0, 640, 480])
const other = region('o-other', 'cat', [320, 240, 640, 480])

describe('the samples of an image', () => {
  const brief = text('brief', 'a cat and a dog')
  const grounded = [phrase(brief, 'a cat', cat), phrase(brief, 'a cat', other), phrase(brief, 'a dog', dog)]
  const masked = {
    polygon_points: [64, 48, 128, 48, 128, 96, 64, 96, 70, 50, 70, 60, 80, 60],
    polygon_rings: [0, 4],
  }

  test('are those of the released model, task by task, byte for byte', () => {
    const image = annotated({
      text: [brief, text('detailed', 'A cat.'), text('more_detailed', 'A cat. A dog.')],
      region_text: [
        dog,
        other,
        { ...cat, ...masked },
        line('t-2', 'WAY', [300, 12, 400, 30]),
        line('t-1', 'ONE', [10, 10, 90, 30]),
      ],
      phrase_region: grounded.map((row, index) => (index === 0 ? { ...row, ...masked } : row)),
    })
    expect(made(image)).toMatchObject({
      // The other cat has no mask: an answer with one of two would not be what was asked for.
      left_out: [['REFERRING_EXPRESSION_SEGMENTATION', 'mask_missing', 'o-other']],
      said: [
        ['CAPTION/brief0', 'What does the image describe?', 'a cat and a dog'],
        [
          'CAPTION_TO_PHRASE_GROUNDING/brief0',
          'Locate the phrases in the caption: a cat and a dog',
          'a cat<loc_100><loc_100><loc_200><loc_200><loc_500><loc_500><loc_999><loc_999>a dog<loc_0><loc_0><loc_999><loc_999>',
        ],
        [
          'DENSE_REGION_CAPTION',
          'Locate the objects in the image, with their descriptions.',
          'dog<loc_0><loc_0><loc_999><loc_999>a tabby cat<loc_100><loc_100><loc_200><loc_200>cat<loc_500><loc_500><loc_999><loc_999>',
        ],
        ['DETAILED_CAPTION/detailed0', 'Describe in detail what is shown in the image.', 'A cat.'],
        [
          'MORE_DETAILED_CAPTION/more_detailed0',
          'Describe with a paragraph what is shown in the image.',
          'A cat. A dog.',
        ],
        ['OCR', 'What is the text in the image?', 'ONE\nWAY'],
        [
          'OCR_WITH_REGION',
          'What is the text in the image, with regions?',
          `ONE${pointLocations([10, 10, 90, 10, 90, 30, 10, 30], record)}WAY${pointLocations([300, 12, 400, 12, 400, 30, 300, 30], record)}`,
        ],
        [
          'OD',
          'Locate the objects with category name in the image.',
          'dog<loc_0><loc_0><loc_999><loc_999>cat<loc_100><loc_100><loc_200><loc_200><loc_500><loc_500><loc_999><loc_999>',
        ],
        [
          'OPEN_VOCABULARY_DETECTION/cat',
          'Locate cat in the image.',
          'cat<loc_100><loc_100><loc_200><loc_200><loc_500><loc_500><loc_999><loc_999>',
        ],
        ['OPEN_VOCABULARY_DETECTION/dog', 'Locate dog in the image.', 'dog<loc_0><loc_0><loc_999><loc_999>'],
        [
          'REGION_PROPOSAL',
          'Locate the region proposals in the image.',
          '<loc_0><loc_0><loc_999><loc_999><loc_100><loc_100><loc_200><loc_200><loc_500><loc_500><loc_999><loc_999>',
        ],
        [
          'REGION_TO_CATEGORY/o-cat',
          'What is the region <loc_100><loc_100><loc_200><loc_200>?',
          'cat<loc_100><loc_100><loc_200><loc_200>',
        ],
        ['REGION_TO_CATEGORY/o-dog', expect.any(String), 'dog<loc_0><loc_0><loc_999><loc_999>'],
        ['REGION_TO_CATEGORY/o-other', expect.any(String), 'cat<loc_500><loc_500><loc_999><loc_999>'],
        [
          'REGION_TO_DESCRIPTION/o-cat',
          'What does the region <loc_100><loc_100><loc_200><loc_200> describe?',
          'a tabby cat<loc_100><loc_100><loc_200><loc_200>',
        ],
        [
          'REGION_TO_OCR/t-1',
          expect.stringMatching(/^What text is in the region <loc_15>/),
          expect.stringMatching(/^ONE<loc_15>/),
        ],
        ['REGION_TO_OCR/t-2', expect.any(String), expect.stringMatching(/^WAY/)],
        // The hole of the mask, which runs the other way, is in no outline.
        [
          'REGION_TO_SEGMENTATION/o-cat',
          'What is the polygon mask of region <loc_100><loc_100><loc_200><loc_200>',
          '<loc_100><loc_100><loc_200><loc_100><loc_200><loc_200><loc_100><loc_200>',
        ],
      ],
    })
  })

  test('ask for the masks of a phrase where all its regions have one', () => {
    const shape = { polygon_points: [320, 240, 640, 240, 640, 480], polygon_rings: [0] }
    const both = [
      { ...phrase(brief, 'a cat', cat), ...masked },
      { ...phrase(brief, 'a cat', other), ...shape },
    ]
    const { samples, left_out } = made(annotated({ text: [brief], phrase_region: both }))
    expect(samples.find(({ task }) => task === 'REFERRING_EXPRESSION_SEGMENTATION')).toMatchObject({
      prompt: 'Locate a cat in the image with mask',
      target:
        '<poly><loc_100><loc_100><loc_200><loc_100><loc_200><loc_200><loc_100><loc_200></poly>' +
        '<poly><loc_500><loc_500><loc_999><loc_500><loc_999><loc_999></poly>',
      sources: [cat.region_id, other.region_id],
    })
    expect(left_out).toEqual([])
  })

  test('name the rows they are made of, and how often they come', () => {
    const { samples } = made(
      annotated({ text: [brief], region_text: [cat], phrase_region: [phrase(brief, 'a cat', cat)] }),
      {
        tasks: { CAPTION: 2, OD: 0 },
        granularities: { brief: 0.5 },
      },
    )
    const of = (task: string) => samples.find((sample) => sample.task === task)
    expect(of('OD')).toBeUndefined()
    expect(of('CAPTION')).toMatchObject({ weight: 1, sources: [brief.text_id], target_tokens: 2 + brief.text.length })
    expect(of('CAPTION_TO_PHRASE_GROUNDING')).toMatchObject({ weight: 0.5, sources: [brief.text_id, cat.region_id] })
    expect(of('REGION_PROPOSAL')).toMatchObject({ weight: 1, sources: [cat.region_id] })
  })

  test('are none of an image whose split was not asked for', () => {
    expect(made(annotated({ text: [brief] }, { split: 'validation' })).samples).toEqual([])
    expect(
      made(annotated({ text: [brief] }, { split: 'validation' }), { splits: ['validation'] }).samples,
    ).toHaveLength(1)
  })

  test('are cut by whole boxes, the lowest score first, and say which', () => {
    const image = annotated({ region_text: [dog, other, cat] })
    const { samples, left_out } = made(image, { max_target_tokens: 12, tasks: { ...none, OD: 1 } })
    expect(samples.map(({ target }) => target)).toEqual(['cat<loc_100><loc_100><loc_200><loc_200>'])
    expect(left_out).toEqual([
      ['OD', 'cut_to_fit', 'o-dog'],
      ['OD', 'cut_to_fit', 'o-other'],
    ])
    const long = made(annotated({ text: [brief] }), { max_target_tokens: 8 })
    expect(long.samples).toEqual([])
    expect(long.left_out).toContainEqual(['CAPTION', 'target_too_long', 'brief0'])
    expect(
      made(annotated({ text: [brief], phrase_region: grounded }), { max_prompt_tokens: 40 }).left_out,
    ).toContainEqual(['CAPTION_TO_PHRASE_GROUNDING', 'prompt_too_long', 'brief0'])
  })

  test.each([
    ['white space and control characters', ' a\u0000cat\n on\ta mat ', 'a cat on a mat'],
    ['half a character', 'a cat \ud83d', 'a cat \ufffd'],
    [
      'soft hyphens and directions, but for joiners',
      'co\u00adoperate\u200e \u0645\u06cc\u200c\u062e',
      'cooperate \u0645\u06cc\u200c\u062e',
    ],
  ])('are cleaned of %s', (_, words, clean) =>
    expect(made(annotated({ text: [text('brief', words)] })).said[0]?.[2]).toBe(clean),
  )

  test.each([
    ['a location', 'a cat <loc_12>', 'marker_in_text'],
    ['a marker', '<od>cat</od>', 'marker_in_text'],
    ['nothing', ' \n ', 'empty_after_cleaning'],
  ])('are none of a text with %s', (_, words, reason) => {
    expect(made(annotated({ text: [text('brief', words)] }))).toMatchObject({
      samples: [],
      left_out: [['CAPTION', reason, 'brief0']],
    })
  })

  test('have no phrase that the model does not ground, and no label that its parser would change', () => {
    const it = text('brief', 'it and a café with a cat')
    const phrases = [phrase(it, 'it', dog), phrase(it, 'a café', other), phrase(it, 'a cat', cat)]
    const { said, left_out } = made(annotated({ text: [it], phrase_region: phrases }), {
      tasks: { ...none, CAPTION_TO_PHRASE_GROUNDING: 1 },
    })
    expect(said.map(([, , target]) => target)).toEqual(['a cat<loc_100><loc_100><loc_200><loc_200>'])
    expect(left_out).toEqual([
      ['CAPTION_TO_PHRASE_GROUNDING', 'ungrounded_phrase', 'o-dog'],
      ['CAPTION_TO_PHRASE_GROUNDING', 'not_ascii', 'o-other'],
    ])
  })

  test('have no box around many, which is counted', () => {
    const crowd = region('o-crowd', 'person', [0, 0, 99, 99], { is_group: true })
    expect(
      made(annotated({ region_text: [crowd, cat] }))
        .samples.flatMap(({ target }) => target)
        .join(),
    ).not.toMatch(/person/)
    expect(made(annotated({ region_text: [crowd, cat] })).left_out).toEqual([['OD', 'group_box', 'o-crowd']])
  })
})

const none = Object.fromEntries(florence2Tasks.map((task) => [task, 0]))

const side = fc.double({ min: 0, max: 640, noNaN: true })
const box: fc.Arbitrary<Box> = fc
  .tuple(side, side, side, side)
  .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d) * 0.75, Math.max(a, c), Math.max(b, d) * 0.75])
const words = fc.oneof(
  fc.constantFrom('a cat', 'a dog', 'cat', 'café', '<loc_5>', 'it', '', ' two  dogs\n', 'a<b', '猫', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const rows = fc
  .record({
    regions: fc.array(fc.tuple(words, box, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 12 }),
    lines: fc.array(fc.tuple(words, box), { maxLength: 5 }),
    texts: fc.array(words, { maxLength: 3 }),
  })
  .map(({ regions, lines, texts }) => {
    const objects = regions.map(([label, place, score], index) => region(`o-${index}`, label, place, { score }))
    const written = texts.map((each, index) => text('brief', each, index))
    const phrases = written.flatMap((of) => objects.slice(0, 3).map((on) => phrase(of, of.text.slice(0, 5), on)))
    return annotated({
      region_text: [...objects, ...lines.map(([label, place], index) => line(`t-${index}`, label, place))],
      text: written,
      phrase_region: phrases,
    })
  })

test('whatever the rows, a target is read back to rows of the image, in limits, with locations from 0 to 999', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 8, max: 200 }), (image, most) => {
      const { samples } = made(image, { max_target_tokens: most })
      const places = new Set(image.region_text.map(({ x1, y1, x2, y2 }) => pointLocations([x1, y1, x2, y2], record)))
      expect(new Set(samples.map(({ sample_id }) => sample_id)).size).toBe(samples.length)
      for (const { task, target, target_tokens } of samples) {
        expect(target_tokens).toBeLessThanOrEqual(most)
        for (const [, place] of target.matchAll(/<loc_(\d+)>/g)) expect(Number(place)).toBeLessThanOrEqual(999)
        const answer = parseAnswer(task, target, record)
        if (answer.kind === 'boxes')
          for (const each of answer.boxes) expect(places).toContain(pointLocations(each.box, record))
      }
    }),
  )
})
