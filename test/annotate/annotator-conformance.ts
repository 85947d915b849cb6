import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Box } from '../../schemas/geometry.js'
import { type MaskObservation, type Observation, observationSchema } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from '../../src/annotate/contract.js'
import type { Raster } from '../../src/models/pixels/raster.js'

/** A loaded annotator and what it is tried on. */
export interface AnnotatorUnderTest {
  readonly annotator: Annotator
  /** At least two images, about which it says different things. */
  readonly images: readonly AnnotatorInput[]
  /** The labels it may say; null where it has none. */
  readonly vocabulary: readonly string[] | null
  /**
   * Decimals to which scores of an image alone and in a batch agree, for models that compute a batch in one run, where sums
   * are rounded in another order. All else is equal. Absent: so are the scores.
   */
  readonly scoreDecimals?: number
  /** Ends what `load` started. */
  close(): Promise<void>
}

/** What any annotator must do, whatever it says. `load` runs once, before the first check. */
export function describeAnnotatorConformance(name: string, load: () => Promise<AnnotatorUnderTest>): void {
  describe(`${name} keeps the annotator contract`, () => {
    let under: AnnotatorUnderTest
    let observed: Observation[][]
    beforeAll(async () => {
      under = await load()
      observed = await annotate(under.images)
    })
    afterAll(() => under.close())

    function annotate(
      batch: readonly AnnotatorInput[],
      signal = new AbortController().signal,
    ): Promise<Observation[][]> {
      return under.annotator.annotate(batch, { signal })
    }

    /** What is expected where the batch is another one. */
    function rounded(observations: Observation[] | undefined): unknown[] {
      const { scoreDecimals } = under
      if (scoreDecimals === undefined) return observations ?? []
      const near = (value: number) => expect.closeTo(value, scoreDecimals)
      return (observations ?? []).map((each) => ({
        ...each,
        score: near(each.score),
        ...('box_score' in each && { box_score: near(each.box_score) }),
      }))
    }

    it('observes something, and not the same on every image', () => {
      expect(under.images.length).toBeGreaterThan(1)
      expect(new Set(observed.map((observations) => JSON.stringify(observations))).size).toBeGreaterThan(1)
    })

    it('answers in the order of the batch', async () => {
      expect(await annotate([...under.images].reverse())).toEqual([...observed].reverse().map(rounded))
    })

    it('says of an image alone what it says of it in a batch', async () => {
      for (const [index, image] of under.images.entries()) {
        expect(await annotate([image])).toEqual([rounded(observed[index])])
      }
    })

    it('answers an empty batch with nothing', async () => {
      expect(await annotate([])).toEqual([])
    })

    it('gives observations of the schema, inside the image and the vocabulary', () => {
      for (const [index, image] of under.images.entries()) {
        for (const observation of observed[index] ?? []) expectSound(observation, image, under.vocabulary)
      }
    })

    it('does not begin when the signal has fired', async () => {
      const refused = annotate(under.images, AbortSignal.abort(new Error('enough')))
      await expect(refused).rejects.toMatchObject({ name: 'FldError', code: 'aborted' })
    })

    it('stops waiting when the signal fires', async () => {
      const stop = new AbortController()
      const [image] = under.images
      if (image === undefined) throw new Error('no images')
      // Never decoded: only the signal ends this.
      const stuck = { ...image, image_id: 'stuck', pixels: () => new Promise<never>(() => {}) }
      const waiting = annotate([...under.images, stuck], stop.signal)
      setImmediate(() => stop.abort(new Error('enough')))
      await expect(waiting).rejects.toMatchObject({ name: 'FldError', code: 'aborted' })
    })

    it('throws when an image of the batch cannot be done, and goes on', async () => {
      const [image] = under.images
      if (image === undefined) throw new Error('no images')
      const broken = { ...image, image_id: 'broken', pixels: () => Promise.reject(new Error('no such pixels')) }
      await expect(annotate([image, broken])).rejects.toThrow('no such pixels')
      expect(await annotate([image])).toEqual([rounded(observed[0])])
    })

    it.each([
      [1, 1],
      [1, 600],
      [600, 1],
      [3000, 7],
      [5, 3000],
    ])('survives an image of %i x %i', async (width, height) => {
      const image = rasterInput(`${width}x${height}`, noise(width, height))
      const [observations = []] = await annotate([image])
      for (const observation of observations) expectSound(observation, image, under.vocabulary)
    })

    it('leaves the shared pixels as they are', async () => {
      const rasters = await Promise.all(under.images.map((image) => image.pixels()))
      const before = rasters.map(pixelHash)
      await annotate(under.images)
      expect(rasters.map(pixelHash)).toEqual(before)
    })

    it('may be disposed of more than once', async () => {
      await under.annotator.dispose()
      await under.annotator.dispose()
    })
  })
}

/** What the earlier stages decided about an image. */
export type Decided = Partial<Pick<AnnotatorInput, 'regions' | 'texts' | 'regionTexts'>>

/** A decoded raster as an annotator is handed it. */
export function rasterInput(image_id: string, raster: Raster, decided: Decided = {}): AnnotatorInput {
  const { regions = [], texts = [], regionTexts = [] } = decided
  return {
    image_id,
    width: raster.width,
    height: raster.height,
    pixels: async () => raster,
    regions,
    texts,
    regionTexts,
  }
}

function expectSound(observation: Observation, image: AnnotatorInput, vocabulary: readonly string[] | null): void {
  expect(observationSchema.parse(observation)).toEqual(observation)
  expectUnit(observation.score)
  switch (observation.kind) {
    case 'object':
      if (vocabulary !== null) expect(vocabulary).toContain(observation.label)
      expectInside(observation.box, image)
      break
    case 'text_region':
      expectUnit(observation.box_score)
      expectInside(observation.box, image)
      break
    case 'image_text':
      expect(observation.text.trim()).not.toBe('')
      break
    case 'proposed_region':
      expectInside(observation.box, image)
      break
    case 'caption':
      for (const { start, end } of observation.phrases) expectSpan(start, end, observation.text)
      break
    case 'grounded_phrase':
      expect(image.texts.map(({ text }) => text)).toContain(observation.text)
      expectSpan(observation.start, observation.end, observation.text)
      expectUnit(observation.box_score)
      expectInside(observation.box, image)
      break
    case 'mask':
      expect(image.regions.map(({ region_id }) => region_id)).toContain(observation.region_id)
      expectRings(observation, image)
      break
    case 'similarity':
    case 'region_caption':
    case 'rejected_text':
      if (observation.region_id !== null)
        expect(image.regions.map(({ region_id }) => region_id)).toContain(observation.region_id)
  }
}

function expectSpan(start: number, end: number, text: string): void {
  expect(start).toBeLessThan(end)
  expect(end).toBeLessThanOrEqual(text.length)
}

/** Rings of at least three points inside the image, each beginning after the one before. */
function expectRings({ polygon_points, polygon_rings, stability }: MaskObservation, image: AnnotatorInput): void {
  if (stability !== null) expectUnit(stability)
  expect(polygon_rings[0]).toBe(0)
  for (const [ring, start] of polygon_rings.entries()) {
    const end = polygon_rings[ring + 1] ?? polygon_points.length / 2
    expect(end - start).toBeGreaterThanOrEqual(3)
  }
  for (const [at, value] of polygon_points.entries()) {
    expect(value).toBeGreaterThanOrEqual(0)
    expect(value).toBeLessThanOrEqual(at % 2 === 0 ? image.width : image.height)
  }
}

function expectUnit(score: number): void {
  expect(score).toBeGreaterThanOrEqual(0)
  expect(score).toBeLessThanOrEqual(1)
}

function expectInside([x1, y1, x2, y2]: Box, { width, height }: AnnotatorInput): void {
  expect(x1).toBeGreaterThanOrEqual(0)
  expect(y1).toBeGreaterThanOrEqual(0)
  expect(x2).toBeGreaterThan(x1)
  expect(y2).toBeGreaterThan(y1)
  expect(x2).toBeLessThanOrEqual(width)
  expect(y2).toBeLessThanOrEqual(height)
}

/** Pixels without order, the same each time. */
function noise(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3)
  let state = 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = state >>> 24
  }
  return { width, height, data }
}

function pixelHash({ data }: Raster): string {
  return createHash('sha256').update(data).digest('hex')
}
