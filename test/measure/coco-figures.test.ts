import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  bestOperatingPoint,
  boxSizes,
  cocoFigures,
  type Detection,
  expectedCalibrationError,
  judge,
  precisionRecall,
  precisionRecallByLabel,
  type Truth,
  truthAbout,
} from '../../src/measure/index.js'
import { describeWithReference, referencePath } from '../reference-data.js'

const folder = 'golden/consensus/dev'
const parts = ['all', 'val2017', 'train2017'] as const

// What pycocotools 2.0 says of golden/consensus/dev, made by coco-figures.py beside this file.
const pooledSchema = z.object({ detections: z.number(), hits: z.number(), boxes: z.number() })
const figuresSchema = z.object({
  stats: z.array(z.number()).length(12),
  ece: z.number(),
  pooled: z.object({ all: pooledSchema, small: pooledSchema, medium: pooledSchema, large: pooledSchema }),
  by_label: z.record(z.string(), z.number()).optional(),
})
const fixture = z
  .record(z.string(), z.object({ all: figuresSchema, val2017: figuresSchema, train2017: figuresSchema }))
  .parse(JSON.parse(readFileSync(new URL('coco-figures.json', import.meta.url), 'utf8')))

describe('the fixture', () => {
  it('has six detectors', () => expect(Object.keys(fixture)).toHaveLength(6))
})

describeWithReference('figures of real detectors against pycocotools', [`${folder}/ground-truth.json`], () => {
  const { truth, imagesOf } = readTruth()
  for (const [detector, expected] of Object.entries(fixture)) {
    const detections = readDetections(detector, truth)
    for (const part of parts) {
      const about = truthAbout(truth, imagesOf(part))
      const { stats, ece, pooled, by_label } = expected[part]

      it(`${detector}, ${part}: the twelve figures`, () => {
        const found = cocoFigures(about, detections)
        const { small, medium, large } = found.bySize
        const ours = [
          ...[found.ap, found.ap50, found.ap75, small.ap, medium.ap, large.ap],
          ...[found.ar1, found.ar10, found.ar100, small.ar100, medium.ar100, large.ar100],
        ]
        for (const [index, figure] of stats.entries()) expect(ours[index], `figure ${index}`).toBeCloseTo(figure, 9)
        if (by_label === undefined) return
        expect([...found.byLabel.keys()].sort()).toEqual(Object.keys(by_label).sort())
        for (const [label, ap] of Object.entries(by_label)) expect(found.byLabel.get(label), label).toBeCloseTo(ap, 9)
      })

      it(`${detector}, ${part}: hits, misses and true boxes at IoU .5, of every size, and the calibration error`, () => {
        for (const size of ['all', ...boxSizes] as const) {
          const { hits, detections: counted, boxes } = precisionRecall(judge(about, detections, { size }))
          expect({ hits, detections: counted, boxes }, size).toEqual(pooled[size])
        }
        const outcomes = judge(about, detections).counted.map(({ score, hit }) => ({ score, worth: Number(hit) }))
        expect(expectedCalibrationError(outcomes)).toBeCloseTo(ece, 9)
      })
    }
  }

  it('the best operating point of a detector, and what each label has of it', () => {
    // shared/facts/baselines.md: .614 / .414 / .495 at .379.
    const judged = judge(truth, readDetections('deimv2-femto', truth))
    const best = bestOperatingPoint(judged)
    expect(best?.threshold).toBeCloseTo(0.379, 3)
    expect(best?.precision).toBeCloseTo(0.614, 3)
    expect(best?.recall).toBeCloseTo(0.414, 3)
    expect(best?.f1).toBeCloseTo(0.495, 3)
    const byLabel = [...precisionRecallByLabel(judged).values()]
    const sum = (of: 'hits' | 'detections' | 'boxes') => byLabel.reduce((total, each) => total + each[of], 0)
    const whole = precisionRecall(judged)
    expect([sum('hits'), sum('detections'), sum('boxes')]).toEqual([whole.hits, whole.detections, whole.boxes])
  })
})

function readTruth() {
  const schema = z.object({
    images: z.array(z.object({ id: z.number(), part: z.string() })),
    categories: z.array(z.object({ id: z.number(), name: z.string() })),
    annotations: z.array(
      z.object({
        image_id: z.number(),
        category_id: z.number(),
        bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
        area: z.number(),
        iscrowd: z.number(),
      }),
    ),
  })
  const path = referencePath(`${folder}/ground-truth.json`)
  const { images, categories, annotations } = schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  const names = new Map(categories.map(({ id, name }) => [id, name]))
  // In the order of their ids, as the reference has them: equal scores are ranked by it.
  images.sort((a, b) => a.id - b.id)
  const truth: Truth = {
    images: images.map(({ id }) => String(id)),
    labels: new Set(names.values()),
    boxes: annotations.map(({ image_id, category_id, bbox: [x, y, width, height], area, iscrowd }) => ({
      image: String(image_id),
      label: names.get(category_id) ?? '',
      box: [x, y, x + width, y + height],
      area,
      is_group: iscrowd === 1,
    })),
  }
  const imagesOf = (part: string) =>
    images.filter((image) => part === 'all' || image.part === part).map(({ id }) => String(id))
  return { truth, imagesOf }
}

/** The 100 best of an image over all labels. */
function readDetections(detector: string, truth: Truth): Detection[] {
  const number = z.number()
  const schema = z.object({
    images: z.record(z.string(), z.array(z.tuple([z.string(), number, number, number, number, number]))),
  })
  const { images } = schema.parse(JSON.parse(readFileSync(referencePath(`${folder}/${detector}.json`), 'utf8')))
  return truth.images.flatMap((image) =>
    (images[image] ?? []).slice(0, 100).map(([label, score, ...box]) => ({ image, label, score, box })),
  )
}
