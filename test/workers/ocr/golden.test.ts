import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { TextRegionObservation } from '../../../schemas/observation.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { detectionInput, detectionSize } from '../../../workers/ocr/detection-input.js'
import { meanInside } from '../../../workers/ocr/text-boxes.js'
import { probabilityMap } from '../../../workers/ocr/text-detector.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { imageInput, loadOcr, ppocrFiles, readTexts, testSessions } from './ppocr.js'

const expectedSchema = z.object({
  images: z.array(
    z.object({
      image: z.string(),
      width: z.number(),
      height: z.number(),
      det_input_shape: z.array(z.number()),
      det_input_sum: z.number(),
      prob_map: z.object({ sum: z.number(), max: z.number(), pixels_over_thresh: z.number() }),
      lines: z.array(
        z.object({
          polygon: z.array(z.array(z.number())),
          det_score: z.number(),
          text: z.string(),
          rec_score: z.number(),
        }),
      ),
    }),
  ),
})
type ExpectedImage = z.infer<typeof expectedSchema>['images'][number]

/**
 * OpenCV gave the corners of this one kernel as 181.99..., 186.99... and so on, and cut them to whole pixels one up and to
 * the left of where they are. That shifted mean is checked by itself below.
 */
const shiftedByOpenCv = { text: 'ArmyCadets', kernel: [182, 187, 266, 187, 266, 194, 182, 194], score: 0.7279 }

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0)
const signal = new AbortController().signal

describeWithReference('OCR against the reference', ['golden/specialists/ocr', 'photos/text', 'photos/skimage'], () => {
  const golden = expectedSchema.parse(
    JSON.parse(readFileSync(referencePath('golden/specialists/ocr/expected.json'), 'utf8')),
  )
  const sessions: SessionHost = testSessions()
  let files: ReadonlyMap<string, string>
  let inputs: AnnotatorInput[]
  let read: TextRegionObservation[][]

  beforeAll(async () => {
    files = await ppocrFiles()
    inputs = await Promise.all(golden.images.map(({ image }) => imageInput(referencePath(image))))
    read = await readTexts(await loadOcr(files, sessions), inputs)
  })
  afterAll(() => sessions.close())

  async function mapOf(input: AnnotatorInput | undefined) {
    const detector = await sessions.open([...files.values()].find((path) => /det[^/]*\.onnx$/.test(path)) ?? '')
    if (!input) throw new Error('no image')
    return probabilityMap(detector, await input.pixels(), { limit_side_len: 960, signal })
  }

  it.each(golden.images.map((image, index) => ({ ...image, index })))('reads $image', (expected) => {
    expectLines(read[expected.index] ?? [], expected)
  })

  it.each(golden.images.map((image, index) => ({ ...image, index })))(
    'hands the detector $image as OpenCV does',
    async (expected) => {
      const input = inputs[expected.index]
      const raster = await input?.pixels()
      if (!raster) throw new Error(`${expected.image} was not decoded`)
      expect([raster.width, raster.height]).toEqual([expected.width, expected.height])
      const tensor = detectionInput(raster, detectionSize(raster, 960))
      expect(tensor.dims).toEqual(expected.det_input_shape)
      expect(Math.abs(sum(tensor.data) - expected.det_input_sum)).toBeLessThan(1)
      const map = await mapOf(input)
      expect(Math.abs(sum(map.data) - expected.prob_map.sum)).toBeLessThan(0.1)
      expect(map.data.reduce((most, probability) => Math.max(most, probability), 0)).toBeCloseTo(
        expected.prob_map.max,
        3,
      )
      expect(map.data.filter((probability) => probability > 0.3)).toHaveLength(expected.prob_map.pixels_over_thresh)
    },
  )

  it('scores the kernel that OpenCV shifted as it does, once shifted', async () => {
    const index = golden.images.findIndex(({ lines }) => lines.some(({ text }) => text === shiftedByOpenCv.text))
    const map = await mapOf(inputs[index])
    const shifted = shiftedByOpenCv.kernel.map((value) => value - 1)
    expect(meanInside(map, shifted)).toBeCloseTo(shiftedByOpenCv.score, 4)
    const line = read[index]?.find(({ text }) => text === shiftedByOpenCv.text)
    expect(line?.box_score).toBeCloseTo(meanInside(map, shiftedByOpenCv.kernel), 6)
  })

  it('reads the same whatever shares the batch', async () => {
    const single = await loadOcr(files, sessions, { rec_batch: 1 })
    for (const [index, input] of inputs.entries()) {
      const [alone = []] = await readTexts(single, [input])
      expect(alone.map(({ text, quad }) => ({ text, quad }))).toEqual(
        read[index]?.map(({ text, quad }) => ({ text, quad })),
      )
      for (const [line, { score }] of alone.entries()) expect(score).toBeCloseTo(read[index]?.[line]?.score ?? -1, 4)
    }
  })

  it('drops lines below score_min only', async () => {
    const [strict = []] = await readTexts(await loadOcr(files, sessions, { score_min: 0.9 }), inputs.slice(0, 1))
    expect(strict.map(({ text }) => text)).toEqual(
      (read[0] ?? []).filter((line) => line.score >= 0.9).map(({ text }) => text),
    )
    expect(strict.length).toBeLessThan(read[0]?.length ?? 0)
  })

  it('stops between steps when the signal fires', async () => {
    const annotator = await loadOcr(files, sessions)
    const controller = new AbortController()
    const [first, ...rest] = inputs
    if (!first) throw new Error('no image')
    const pixels = async () => {
      controller.abort()
      return first.pixels()
    }
    await expect(
      annotator.annotate([...rest, { ...first, pixels }], { signal: controller.signal }),
    ).rejects.toMatchObject({
      name: 'FldError',
      code: 'aborted',
    })
  })
})

/** The reference's tolerances: polygons +-2 pixels, scores +-0.02, texts equal from a score of 0.9 up; in its order. */
function expectLines(lines: readonly TextRegionObservation[], expected: ExpectedImage): void {
  expect(lines).toHaveLength(expected.lines.length)
  for (const [index, want] of expected.lines.entries()) {
    const got = lines[index]
    if (!got) throw new Error(`line ${index} is missing`)
    for (const [at, value] of want.polygon.flat().entries())
      expect(Math.abs((got.quad[at] ?? -99) - value)).toBeLessThanOrEqual(2)
    if (want.text !== shiftedByOpenCv.text) expect(Math.abs(got.box_score - want.det_score)).toBeLessThanOrEqual(0.02)
    expect(Math.abs(got.score - want.rec_score)).toBeLessThanOrEqual(0.02)
    if (want.rec_score >= 0.9) expect(got.text).toBe(want.text)
    const [x1, y1, x2, y2] = got.box
    expect(x1 >= 0 && y1 >= 0 && x2 > x1 && y2 > y1 && x2 <= expected.width && y2 <= expected.height).toBe(true)
  }
}
