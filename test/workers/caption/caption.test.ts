import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { CaptionObservation } from '../../../schemas/observation.js'
import { observationSchema } from '../../../schemas/observation.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { caption } from '../../../workers/caption/index.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { noSessions } from '../painted-images.js'

const width = 320
const height = 240
const labels = ['person', 'dog', 'umbrella', 'scissors', 'broccoli', 'wine glass', 'sheep', 'tv', 'dining table', 'bus']

const regionArbitrary = fc
  .record({
    kind: fc.constantFrom<'object' | 'text'>('object', 'object', 'text'),
    label: fc.constantFrom(...labels),
    read: fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }).filter((text) => text.trim() !== ''),
    x: fc.integer({ min: 0, max: width - 20 }),
    y: fc.integer({ min: 0, max: height - 20 }),
    w: fc.integer({ min: 5, max: width }),
    h: fc.integer({ min: 5, max: height }),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(
    ({ kind, label, read, x, y, w, h, score }): Omit<AgreedRegion, 'region_id'> => ({
      kind,
      label: kind === 'text' ? read : label,
      box: [x, y, Math.min(width, x + w), Math.min(height, y + h)],
      quad: null,
      score,
    }),
  )
const regionsArbitrary = fc
  .array(regionArbitrary, { maxLength: 14 })
  .map((regions) => regions.map((region, index): AgreedRegion => ({ ...region, region_id: `r${index}` })))

/** One colour in the left half, another in the right. */
const rasterArbitrary = fc.tuple(fc.nat({ max: 0xffffff }), fc.nat({ max: 0xffffff })).map(([left, right]): Raster => {
  const data = new Uint8Array(width * height * 3)
  for (let index = 0; index < width * height; index++) {
    const colour = index % width < width / 2 ? left : right
    data.set([colour >> 16, (colour >> 8) & 255, colour & 255], index * 3)
  }
  return { width, height, data }
})

async function captionsOf(regions: readonly AgreedRegion[], raster: Raster): Promise<CaptionObservation[]> {
  const annotator = await caption.load({
    options: caption.options.parse({}),
    files: new Map(),
    vocabulary: null,
    sessions: {
      concurrency: 1,
      open: () => Promise.reject(new Error('the template captioner has no model')),
      openProgram: () => Promise.reject(new Error('the template captioner has no model')),
      close: () => Promise.resolve(),
    },
  })
  const input = rasterInput('a', raster, { regions })
  const [observations = []] = await annotator.annotate([input], { signal: new AbortController().signal })
  return observations.filter((observation) => observation.kind === 'caption')
}

describe('captions of any agreed regions', () => {
  it('are valid observations whose phrases have exact spans, in order and without overlap', async () => {
    await fc.assert(
      fc.asyncProperty(regionsArbitrary, rasterArbitrary, async (regions, raster) => {
        const ids = new Set(regions.map((region) => region.region_id))
        for (const observation of await captionsOf(regions, raster)) {
          observationSchema.parse(observation)
          let end = 0
          for (const phrase of observation.phrases) {
            expect(phrase.start).toBeGreaterThanOrEqual(end)
            expect(phrase.end).toBeGreaterThan(phrase.start)
            expect(phrase.end).toBeLessThan(observation.text.length)
            const words = observation.text.slice(phrase.start, phrase.end)
            expect(words).toBe(words.trim())
            expect(phrase.region_ids.length).toBeGreaterThan(0)
            for (const id of phrase.region_ids) expect(ids).toContain(id)
            end = phrase.end
          }
        }
      }),
    )
  })

  it('name each region in the more detailed text, each object by its own noun', async () => {
    await fc.assert(
      fc.asyncProperty(regionsArbitrary, rasterArbitrary, async (regions, raster) => {
        const text = (await captionsOf(regions, raster)).find(({ granularity }) => granularity === 'more_detailed')
        for (const region of regions) {
          const phrases = text?.phrases.filter((phrase) => phrase.region_ids.includes(region.region_id)) ?? []
          expect(phrases.length).toBeGreaterThan(0)
          if (region.kind === 'text') continue
          const stem = region.label === 'person' ? /person|people/ : new RegExp(region.label.replace('tv', 'TV'))
          for (const { start, end } of phrases)
            expect(text?.text.slice(start, end).toLowerCase()).toMatch(RegExp(stem, 'i'))
        }
      }),
    )
  })

  it('are clean English lines: single spaces, a capital first, a full stop last', async () => {
    await fc.assert(
      fc.asyncProperty(regionsArbitrary, rasterArbitrary, async (regions, raster) => {
        for (const { text } of await captionsOf(regions, raster)) {
          expect(text).not.toMatch(/\s{2}|[\n\r\t]|^\s|\s$|\s[.,]/u)
          expect(text).toMatch(/^[A-Z0-9].*\.$/su)
          expect(text).not.toMatch(
            /\b(?:a umbrella|an? (?:dogs|people|two)|peoples|sheeps|scissorses|undefined|null)\b/i,
          )
        }
      }),
    )
  })

  it('do not depend on the order in which the regions come', async () => {
    const shuffled = regionsArbitrary.chain((regions) =>
      fc.tuple(fc.constant(regions), fc.shuffledSubarray(regions, { minLength: regions.length })),
    )
    await fc.assert(
      fc.asyncProperty(shuffled, rasterArbitrary, async ([regions, other], raster) => {
        expect(await captionsOf(other, raster)).toEqual(await captionsOf(regions, raster))
      }),
    )
  })
})

const gray: Raster = { width, height, data: new Uint8Array(width * height * 3).fill(128) }

function region(region_id: string, label: string, box: AgreedRegion['box'], kind: AgreedRegion['kind'] = 'object') {
  return { region_id, kind, label, box, quad: null, score: 0.8 }
}

describe('what is said', () => {
  it('counts, places and relates', async () => {
    const table = region('t', 'dining table', [20, 120, 300, 235])
    const cups = [region('c1', 'cup', [40, 100, 60, 140]), region('c2', 'cup', [70, 100, 90, 140])]
    const texts = await captionsOf([table, ...cups, region('o', 'orange', [200, 110, 225, 135])], gray)
    expect(texts.map(({ text }) => text)).toEqual([
      'A dining table, two cups and an orange.',
      'The image shows a dining table, two cups and an orange. The large dining table is in the foreground of the image, and both cups are on the left. Both cups are on the dining table.',
      'The image shows a dining table, two cups and an orange. The large dining table is in the foreground of the image, and both cups are on the left. The small orange is in the center. Both cups are on the dining table. The orange is on the dining table. The image is mostly gray.',
    ])
    expect(texts[0]?.phrases).toEqual([
      { start: 0, end: 14, region_ids: ['t'] },
      { start: 16, end: 24, region_ids: ['c1', 'c2'] },
      { start: 29, end: 38, region_ids: ['o'] },
    ])
    expect(texts[0]?.score).toBeCloseTo(0.8)
  })

  it('gives an object its colour when it stands out, and never a person', async () => {
    const red = new Uint8Array(gray.data)
    for (let y = 60; y < 180; y++) for (let x = 80; x < 240; x++) red.set([200, 20, 30], (y * width + x) * 3)
    const raster = { width, height, data: red }
    const box = [80, 60, 240, 180] as const
    expect((await captionsOf([region('b', 'bus', box)], raster))[0]?.text).toBe('A large red bus in the center.')
    expect((await captionsOf([region('p', 'person', box)], raster))[0]?.text).toBe('A person in the center.')
    expect((await captionsOf([region('b', 'bus', box)], gray))[0]?.text).toBe('A large bus in the center.')
  })

  it('quotes what was read, on one line and without quotes inside', async () => {
    const texts = await captionsOf([region('w', ' NO  "ENTRY"\n', [100, 10, 220, 40], 'text')], gray)
    expect(texts[0]?.text).toBe(`An image with the text "NO 'ENTRY'".`)
    expect(texts[1]?.text).toBe(`The text "NO 'ENTRY'" is at the top.`)
  })

  it('cuts a long text between characters, not within one', async () => {
    const long = `x${'\u{1F415}'.repeat(60)}`
    const [brief] = await captionsOf([region('w', long, [100, 10, 220, 40], 'text')], gray)
    expect(brief?.text).toBe(`An image with the text "x${'\u{1F415}'.repeat(39)}...".`)
  })

  it('says at most how the whole image looks when nothing was agreed on', async () => {
    const white = { width, height, data: new Uint8Array(width * height * 3).fill(255) }
    const texts = await captionsOf([], white)
    expect(texts).toEqual([
      { kind: 'caption', granularity: 'brief', text: 'A bright, mostly white image.', score: 1, phrases: [] },
    ])
  })

  it('stops when the signal has fired', async () => {
    const annotator = await caption.load({
      options: caption.options.parse({}),
      files: new Map(),
      vocabulary: null,
      sessions: noSessions,
    })
    const input = rasterInput('a', gray)
    await expect(annotator.annotate([input], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})
