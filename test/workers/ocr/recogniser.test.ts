import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { characterClasses } from '../../../workers/ocr/ctc-decode.js'
import { batchesOfOneWidth, recogniseLines } from '../../../workers/ocr/text-recogniser.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { imageInput, ppocrFiles, testSessions } from './ppocr.js'

const cropsSchema = z.object({
  crops: z.array(z.object({ image: z.string(), text: z.string(), rec_score: z.number() })),
})

function blank(width: number, height: number) {
  return { width, height, data: new Uint8Array(width * height * 3) }
}

describe('batchesOfOneWidth', () => {
  it('puts lines of one padded width together, narrow ones first, and splits at the size', () => {
    const crops = [blank(1000, 48), blank(30, 48), blank(320, 48), blank(640, 96), blank(2000, 96)]
    expect(batchesOfOneWidth(crops, 2)).toEqual([
      { width: 320, lines: [1, 2] },
      { width: 320, lines: [3] },
      { width: 1000, lines: [0, 4] },
    ])
  })

  it('has an end for lines of any length', () => {
    expect(batchesOfOneWidth([blank(9000, 4)], 6)).toEqual([{ width: 4096, lines: [0] }])
  })
})

describeWithReference('word crops against the reference', ['golden/specialists/ocr', 'photos/text'], () => {
  const sessions = testSessions()
  afterAll(() => sessions.close())

  it('reads all of them in one call', async () => {
    const { crops } = cropsSchema.parse(
      JSON.parse(readFileSync(referencePath('golden/specialists/ocr/expected.json'), 'utf8')),
    )
    const files = [...(await ppocrFiles()).values()]
    const pathOf = (pattern: RegExp) => files.find((path) => pattern.test(path)) ?? ''
    const recogniser = {
      session: await sessions.open(pathOf(/rec[^/]*\.onnx$/)),
      characters: characterClasses(await readFile(pathOf(/\.txt$/), 'utf8')),
    }
    const images = await Promise.all(crops.map(async ({ image }) => (await imageInput(referencePath(image))).pixels()))
    const read = await recogniseLines(recogniser, images, { batch: 4, signal: new AbortController().signal })
    for (const [index, { text, rec_score }] of crops.entries()) {
      expect(Math.abs((read[index]?.score ?? -1) - rec_score)).toBeLessThanOrEqual(0.02)
      if (rec_score >= 0.9) expect(read[index]?.text).toBe(text)
    }
  })
})
