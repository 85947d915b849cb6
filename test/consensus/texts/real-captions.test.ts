import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readRawDetections } from '../../../infra/bench/coco-eval/raw-detections.js'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { decideImage, type Source } from '../../../src/consensus/index.js'
import { readCocoTruth } from '../../../src/run/coco-truth.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { source } from '../sources.js'

const captionFiles = ['train2017', 'val2017'].map((part) => `photos/coco_mini/annotations/captions_${part}.json`)
const detections = 'golden/consensus/dev'
const captionsSchema = z.object({ annotations: z.array(z.object({ image_id: z.number(), caption: z.string() })) })
const config = consensusConfigSchema.parse({})

/** Captions of people by COCO image. */
function readCaptions(): Map<number | string, string[]> {
  const captions = new Map<number | string, string[]>()
  for (const path of captionFiles) {
    const { annotations } = captionsSchema.parse(JSON.parse(readFileSync(referencePath(path), 'utf8')))
    for (const { image_id, caption } of annotations) {
      captions.set(image_id, [...(captions.get(image_id) ?? []), caption.replace(/\s+/g, ' ').trim()])
    }
  }
  return captions
}

async function readDetectors() {
  const truth = await readCocoTruth(referencePath(`${detections}/ground-truth.json`))
  const names = ['deimv2-femto', 'yolox-nano', 'picodet-s-416']
  return (await readRawDetections(referencePath(detections), names, truth, config)).images
}

function writer(texts: readonly string[], rest: Partial<Source>): Source {
  const observations = texts.map((text) => ({
    ...{ kind: 'caption' as const, granularity: 'brief' as const, text },
    ...{ score: 1, phrases: [] },
  }))
  return source('writer', observations, { vocabulary: null, ...rest })
}

describeWithReference('the rules on texts, on what people wrote about COCO images', captionFiles, () => {
  it('let 97 % and more pass, with what they name in numbers', () => {
    const captions = readCaptions()
    let written = 0
    const passed = []
    const reasons: Record<string, number> = {}
    for (const [id, texts] of captions) {
      written += new Set(texts).size
      const image = { image_id: String(id), width: 640, height: 480 }
      const rows = decideImage({ image, sources: [writer(texts, { human: true })], config, shard: '000000', round: 0 })
      passed.push(...rows.text)
      for (const { reason } of rows.rejects) reasons[reason] = (reasons[reason] ?? 0) + 1
    }
    expect(written).toBeGreaterThan(790)
    expect(passed.length / written).toBeGreaterThanOrEqual(0.97)
    // What stops any of them is that another person said the same.
    expect(Object.keys(reasons)).toEqual(['near_duplicate'])
    const mean = (values: readonly (number | null)[]) =>
      values.reduce<number>((sum, each) => sum + (each ?? 0), 0) / values.length
    expect(mean(passed.map(({ objects }) => objects))).toBeGreaterThan(2)
    expect(mean(passed.map(({ object_complexity }) => object_complexity))).toBeGreaterThan(2)
  })
})

describeWithReference('the check for made-up things, on real detections', [...captionFiles, detections], () => {
  it('lets true captions pass and stops half of those of another image, as if a model had written them', async () => {
    const captions = readCaptions()
    const images = await readDetectors()
    const stopped = { own: 0, other: 0 }
    let written = 0
    for (const [index, { coco_id, image, sources }] of images.entries()) {
      const other = images[(index + 37) % images.length]?.coco_id ?? 0
      const own = captions.get(coco_id) ?? []
      written += own.length
      for (const [whose, texts] of [
        ['own', own],
        ['other', captions.get(other) ?? []],
      ] as const) {
        const rows = decideImage({ image, sources: [...sources, writer(texts, {})], config, shard: '000000', round: 0 })
        stopped[whose] += rows.rejects.filter(({ reason }) => reason === 'unsupported_objects').length
      }
    }
    expect(stopped.own / written).toBeLessThanOrEqual(0.01)
    expect(stopped.other / written).toBeGreaterThanOrEqual(0.5)
  })
})
