import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { Quad } from '../../../schemas/geometry.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { imageInput, loadOcr, ppocrFiles, readTexts, testSessions } from './ppocr.js'
import { overlapArea, quadArea, quadIoU } from './quad-overlap.js'

const toy = 'photos/text/mmocr_toy/tests/data/det_toy_dataset'
const truthSchema = z.object({
  data_list: z.array(
    z.object({
      img_path: z.string(),
      instances: z.array(z.object({ polygon: z.array(z.number()).length(8), ignore: z.boolean() })),
    }),
  ),
})
type Truth = z.infer<typeof truthSchema>['data_list'][number]

/** ICDAR 2015's rules: one detection per word at IoU 0.5; detections mostly on words that are not counted are not counted. */
function score(found: readonly Quad[], { instances }: Truth) {
  const ignored = instances.filter(({ ignore }) => ignore)
  const words = instances.filter(({ ignore }) => !ignore)
  const counted = found.filter((quad) => !ignored.some((it) => overlapArea(quad, it.polygon) > quadArea(quad) / 2))
  const free = new Set(counted)
  const hits = words.filter(({ polygon }) => {
    const match = [...free].find((quad) => quadIoU(quad, polygon) >= 0.5)
    return match !== undefined && free.delete(match)
  })
  return { hit: hits.length, words: words.length, detections: counted.length }
}

describeWithReference('OCR on photographs of ICDAR 2015', [toy], () => {
  const sessions = testSessions()
  afterAll(() => sessions.close())

  it.each([
    { limit: 960, expected: { hit: 7, words: 8, detections: 8 } },
    { limit: 1280, expected: { hit: 8, words: 8, detections: 9 } },
  ])('finds the words at a longest side of $limit', async ({ limit, expected }) => {
    const truth = truthSchema.parse(
      JSON.parse(readFileSync(referencePath(`${toy}/textdet_test.json`), 'utf8')),
    ).data_list
    const annotator = await loadOcr(await ppocrFiles(), sessions, { limit_side_len: limit })
    const images = await Promise.all(truth.map(({ img_path }) => imageInput(referencePath(`${toy}/${img_path}`))))
    const read = await readTexts(annotator, images)
    const total = { hit: 0, words: 0, detections: 0 }
    for (const [index, image] of truth.entries()) {
      const { hit, words, detections } = score(
        (read[index] ?? []).map(({ quad }) => quad),
        image,
      )
      total.hit += hit
      total.words += words
      total.detections += detections
    }
    expect(total).toEqual(expected)
  })
})
