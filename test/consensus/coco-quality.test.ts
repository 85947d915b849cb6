import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { type CocoResult, cocoResults } from '../../infra/bench/coco-eval/coco-results.js'
import { readRawDetections } from '../../infra/bench/coco-eval/raw-detections.js'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { type Box, boxIou } from '../../schemas/geometry.js'
import { readCocoTruth } from '../../src/run/coco-truth.js'
import { describeWithReference, referencePath } from '../reference-data.js'

const folder = 'golden/consensus/dev'
const boxesSchema = z.object({
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      iscrowd: z.number().optional(),
    }),
  ),
})

// Average precision takes pycocotools: infra/bench/coco-eval. Hits and misses at IoU 0.5 are counted here.
describeWithReference('the default rules on three real detectors', [`${folder}/ground-truth.json`], () => {
  it('commit regions with precision .74 at recall .39 or better', async () => {
    const truthPath = referencePath(`${folder}/ground-truth.json`)
    const truth = await readCocoTruth(truthPath)
    const detectors = ['deimv2-femto', 'yolox-nano', 'picodet-s-416']
    const config = consensusConfigSchema.parse({})
    const { committed } = cocoResults(await readRawDetections(referencePath(folder), detectors, truth, config), truth)
    const counted = countHits(committed, truthPath)
    expect(counted.hits / (counted.hits + counted.misses)).toBeGreaterThanOrEqual(0.74)
    expect(counted.hits / counted.boxes).toBeGreaterThanOrEqual(0.39)
  })
})

/** Each region, best first, takes the true box of its class that it overlaps most; one on a crowd box does not count. */
function countHits(results: readonly CocoResult[], truthPath: string): { hits: number; misses: number; boxes: number } {
  const { annotations } = boxesSchema.parse(JSON.parse(readFileSync(truthPath, 'utf8')))
  const free = new Set(annotations.filter((each) => each.iscrowd !== 1))
  const counted = { hits: 0, misses: 0, boxes: free.size }
  for (const result of [...results].sort((a, b) => b.score - a.score)) {
    const rivals = annotations.filter(
      (each) => each.image_id === result.image_id && each.category_id === result.category_id,
    )
    const box = corners(result.bbox)
    const overlaps = rivals
      .filter((each) => free.has(each))
      .map((each) => ({ each, iou: boxIou(box, corners(each.bbox)) }))
      .sort((a, b) => b.iou - a.iou)
    const [best] = overlaps
    if (best !== undefined && best.iou >= 0.5) {
      free.delete(best.each)
      counted.hits++
    } else if (!rivals.some((each) => each.iscrowd === 1 && shareInside(box, corners(each.bbox)) >= 0.5))
      counted.misses++
  }
  return counted
}

function corners([x, y, width, height]: CocoResult['bbox']): Box {
  return [x, y, x + width, y + height]
}

/** Share of a box that lies in another. */
function shareInside(box: Box, other: Box): number {
  const width = Math.max(0, Math.min(box[2], other[2]) - Math.max(box[0], other[0]))
  const height = Math.max(0, Math.min(box[3], other[3]) - Math.max(box[1], other[1]))
  return (width * height) / ((box[2] - box[0]) * (box[3] - box[1]))
}
