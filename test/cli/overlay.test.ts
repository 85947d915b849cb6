import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import { drawOverlay } from '../../src/cli/overlay.js'
import { labelColours } from '../../src/cli/overlay-colour.js'
import { placeLabel } from '../../src/cli/overlay-placement.js'

const noMask = {
  polygon_points: null,
  polygon_rings: null,
  mask_rle: null,
  mask_score: null,
  mask_stability: null,
}
const common = {
  image_id: 'i',
  shard: '000000',
  round: 0,
  support: ['a'],
  votes: 2,
  score: 0.9,
  rule: 'votes',
  checkpoints: null,
}

function region(label: string | null, [x1, y1, x2, y2]: [number, number, number, number]): RegionTextRow {
  const phrase = label ?? 'TEXT'
  return {
    ...common,
    region_id: `${phrase}-${x1}`,
    kind: label === null ? 'text' : 'object',
    x1,
    y1,
    x2,
    y2,
    quad: null,
    label,
    alternatives: [],
    phrase,
    brief_text: null,
    noun_chunks: [],
    chosen_text: phrase,
    chosen_from: 'phrase',
    similarity: null,
    dispersion: null,
    is_group: null,
    ...noMask,
  }
}

function text(words: string): TextRow {
  const counts = { objects: null, attributes: null, actions: null, proper_nouns: null, object_complexity: null }
  return {
    ...common,
    ...counts,
    text_id: 't',
    granularity: 'brief',
    text: words,
    tokens: 3,
    action_complexity: null,
    similarity: null,
    labels: null,
    unsupported_labels: null,
  }
}

function phrase(start: number, end: number, of: RegionTextRow): PhraseRegionRow {
  const { region_id, x1, y1, x2, y2 } = of
  const scores = { phrase_score: 1, box_score: 1, ...noMask }
  return { ...common, ...scores, text_id: 't', phrase: 'a dog', start, end, region_id, x1, y1, x2, y2 }
}

function whiteImage(width: number, height: number) {
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) }
}

async function pixelsOf(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
    /** Pixels of exactly this colour in the rows from `top`. */
    count: (hex: string, top = 0) => {
      const wanted = Buffer.from(hex.slice(1), 'hex')
      let found = 0
      for (let at = top * info.width * 3; at < data.length; at += 3) {
        if (data.subarray(at, at + 3).equals(wanted)) found++
      }
      return found
    },
  }
}

describe('drawOverlay', () => {
  it('draws a box where it is, scaled with the picture, and a chip in the colour of its label', async () => {
    const png = await drawOverlay({ image: whiteImage(480, 320), regions: [region('dog', [100, 100, 300, 250])] })
    const picture = await pixelsOf(png)
    expect([picture.width, picture.height]).toEqual([960, 640])
    const { line } = labelColours('dog')
    const lineColour = [...Buffer.from(line.slice(1), 'hex')]
    expect(picture.at(200, 350)).toEqual(lineColour)
    expect(picture.at(600, 350)).toEqual(lineColour)
    expect(picture.at(400, 500)).toEqual(lineColour)
    expect(picture.at(100, 600)).toEqual([255, 255, 255])
    // The chip's plate stands above the top left corner.
    expect(picture.at(203, 192)).not.toEqual([255, 255, 255])
  })

  it('fills the mask of a region and leaves its holes as they were', async () => {
    const rings = [100, 100, 300, 100, 300, 300, 100, 300, 150, 150, 150, 250, 250, 250, 250, 150]
    const masked = { ...region('dog', [100, 100, 300, 300]), polygon_points: rings, polygon_rings: [0, 4] }
    const picture = await pixelsOf(await drawOverlay({ image: whiteImage(960, 640), regions: [masked] }))
    expect(picture.at(280, 125)).not.toEqual([255, 255, 255])
    expect(picture.at(280, 125)).toEqual(picture.at(275, 275))
    expect(picture.at(200, 200)).toEqual([255, 255, 255])
  })

  it('writes the texts below, phrases in the colour of their region', async () => {
    const dog = region('dog', [10, 10, 90, 90])
    const options = { image: whiteImage(960, 600), regions: [dog], texts: [text('A dog & a <cat>.')] }
    const plain = await pixelsOf(await drawOverlay(options))
    const grounded = await pixelsOf(await drawOverlay({ ...options, phrases: [phrase(0, 5, dog)] }))
    const { light } = labelColours('dog')
    expect(plain.height).toBeGreaterThan(600)
    expect(plain.count('#eceff3', 600)).toBeGreaterThan(20)
    expect(plain.count(light, 600)).toBe(0)
    expect(grounded.count(light, 600)).toBeGreaterThan(0)
    expect(grounded.count('#eceff3', 600)).toBeLessThan(plain.count('#eceff3', 600))
  })

  it('scales large images down and turns them by their EXIF orientation', async () => {
    const image = await sharp({ create: { width: 3000, height: 1500, channels: 3, background: '#ffffff' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const picture = await pixelsOf(
      await drawOverlay({ image, regions: [region('cat', [0, 0, 1500, 3000])], maxSide: 1000 }),
    )
    expect([picture.width, picture.height]).toEqual([500, 1000])
  })

  it('draws any region on any picture, however long its label and however small the picture', async () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    const scene = fc.record({ width: fc.integer({ min: 1, max: 60 }), height: fc.integer({ min: 1, max: 60 }) })
    await fc.assert(
      fc.asyncProperty(scene, label, fc.boolean(), async ({ width, height }, words, isText) => {
        const row = { ...region(isText ? null : words, [0, 0, width, height]), phrase: words }
        const png = await drawOverlay({ image: whiteImage(width, height), regions: [row, row], maxSide: 200 })
        const { width: drawnWidth = 0, height: drawnHeight = 0 } = await sharp(png).metadata()
        expect(Math.max(drawnWidth, drawnHeight)).toBe(200)
      }),
      { numRuns: 25 },
    )
  })

  it('refuses bytes that are no image, and stops when the signal has fired', async () => {
    await expect(drawOverlay({ image: new Uint8Array(10), regions: [] })).rejects.toMatchObject({
      code: 'image_refused',
    })
    const image = whiteImage(20, 20)
    const stopped = drawOverlay({ image, regions: [region('dog', [1, 1, 9, 9])], signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  })

  it('needs no font of the machine: the same picture where there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fld-overlay-'))
    try {
      const fonts = fileURLToPath(new URL('../../node_modules/dejavu-fonts-ttf/ttf', import.meta.url))
      const without = await drawElsewhere(folder, 'without', '')
      const withAll = await drawElsewhere(folder, 'with-all', `<dir>${fonts}</dir>`)
      expect(without.equals(withAll)).toBe(true)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** A picture with bold and plain text, drawn by a process that knows no fonts but those of this configuration. */
async function drawElsewhere(folder: string, name: string, fontConfiguration: string): Promise<Buffer> {
  const [script, out, config] = ['mts', 'png', 'conf'].map((ending) => join(folder, `${name}.${ending}`))
  if (script === undefined || out === undefined || config === undefined) throw new Error('three names')
  const cache = `<cachedir>${join(folder, `${name}-cache`)}</cachedir>`
  await writeFile(config, `<?xml version="1.0"?><fontconfig>${fontConfiguration}${cache}</fontconfig>`)
  const overlay = new URL('../../src/cli/overlay.ts', import.meta.url).href
  const dog = region('dog', [20, 20, 90, 90])
  await writeFile(
    script,
    `import { writeFile } from 'node:fs/promises'
    import { drawOverlay } from '${overlay}'
    const image = { width: 120, height: 100, data: new Uint8Array(36000).fill(255) }
    const options = { regions: [${JSON.stringify(dog)}], texts: [${JSON.stringify(text('A dog.'))}] }
    await writeFile(${JSON.stringify(out)}, await drawOverlay({ image, ...options }))`,
  )
  await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env.PATH, HOME: folder, FONTCONFIG_FILE: config },
  })
  return readFile(out)
}

describe('placeLabel', () => {
  const picture = { width: 200, height: 100 }
  const size = fc.record({ width: fc.integer({ min: 1, max: 200 }), height: fc.integer({ min: 1, max: 100 }) })
  const box = fc.record({
    left: fc.double({ min: 0, max: 199, noNaN: true }),
    top: fc.double({ min: 0, max: 99, noNaN: true }),
    width: fc.double({ min: 1, max: 200, noNaN: true }),
    height: fc.double({ min: 1, max: 100, noNaN: true }),
  })

  it('is always inside the picture, at whole pixels', () => {
    fc.assert(
      fc.property(box, size, fc.array(box), (where, label, taken) => {
        const place = placeLabel(where, label, { picture, taken })
        expect(Number.isInteger(place.left) && Number.isInteger(place.top)).toBe(true)
        expect(place.left).toBeGreaterThanOrEqual(0)
        expect(place.top).toBeGreaterThanOrEqual(0)
        expect(place.left + place.width).toBeLessThanOrEqual(picture.width)
        expect(place.top + place.height).toBeLessThanOrEqual(picture.height)
      }),
    )
  })

  it('goes above the box, and elsewhere when another label is there', () => {
    const where = { left: 40, top: 40, width: 100, height: 40 }
    const first = placeLabel(where, { width: 50, height: 12 }, { picture, taken: [] })
    expect(first).toEqual({ left: 40, top: 28, width: 50, height: 12 })
    const second = placeLabel(where, { width: 50, height: 12 }, { picture, taken: [first] })
    expect(second).toEqual({ left: 90, top: 28, width: 50, height: 12 })
  })
})
