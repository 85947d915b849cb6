import { expect, it } from 'vitest'
import type { LabelledSet } from '../../../infra/bench/coco-eval/labelled-images.js'
import { readRawDetections } from '../../../infra/bench/coco-eval/raw-detections.js'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { fusedFigures } from '../../../src/consensus/calibration/fused-figures.js'
import { calibratedConfig, fitCalibration } from '../../../src/consensus/calibration/index.js'
import { rankCandidates } from '../../../src/consensus/index.js'
import { cocoFigures, type Truth } from '../../../src/measure/index.js'
import { type CocoTruth, readCocoTruth, truthOf } from '../../../src/run/coco-truth.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { object, source } from '../sources.js'

const folder = 'golden/consensus/dev'
const three = ['deimv2-femto', 'yolox-nano', 'picodet-s-416']
const config = consensusConfigSchema.parse({})
const asked = { method: 'beta', target: 'quality', precision: 0.75 } as const

// Fitted on the train2017 part; the detectors were trained on those images and not on the val2017 part.
describeWithReference('a calibration of real detectors', [`${folder}/ground-truth.json`], () => {
  async function read(detectors: readonly string[]) {
    const coco = await readCocoTruth(referencePath(`${folder}/ground-truth.json`))
    return { coco, set: await readRawDetections(referencePath(folder), detectors, coco, config) }
  }

  it('makes scores honest and ranks better on other images; weak members do not hurt', {
    timeout: 300_000,
  }, async () => {
    const few = await heldOut(await read(three))
    for (const [name, { ece_before, ece_after }] of few.fitted.sources) {
      expect(ece_before, name).toBeGreaterThan(0.04)
      expect(ece_after, name).toBeLessThan(0.01)
    }
    // shared/facts/baselines.md: .401 of calibrated weighted boxes fusion, .393 without.
    expect(few.ap).toBeGreaterThanOrEqual(0.4)
    expect(few.ap).toBeGreaterThan(few.rawAp)
    const more = await heldOut(await read([...three, 'nanodet-m-416', 'fastestdet']))
    expect(more.ap).toBeGreaterThanOrEqual(few.ap)
    expect(more.ap).toBeGreaterThan(more.rawAp + 0.02)
    expect(more.fitted.sources.get('picodet-s-416')?.weight).toBe(1)
    expect(more.fitted.sources.get('fastestdet')?.weight).toBeLessThan(0.2)
  })
})

async function heldOut({ set, coco }: { set: LabelledSet; coco: CocoTruth }) {
  const [train, val] = ['train2017', 'val2017'].map((part) => set.images.filter((image) => image.part === part))
  const fitted = fitCalibration({ images: train ?? [], truth: about(coco, train ?? []), config, ...asked })
  const rank = (rules: typeof config) =>
    cocoFigures(
      about(coco, val ?? []),
      (val ?? []).flatMap(({ image, sources }) =>
        rankCandidates({ image, sources, config: rules })
          .slice(0, 100)
          .map(({ label, score, box }) => ({ image: image.image_id, label, score, box })),
      ),
    ).ap ?? 0
  return { fitted, rawAp: rank(config), ap: rank(calibratedConfig(config, { ...fitted, reference: null })) }
}

function about(coco: CocoTruth, images: LabelledSet['images']): Truth {
  return truthOf(coco, new Map(images.map(({ coco_id, image }) => [coco_id, image.image_id])))
}

it('an annotator that knows fewer labels is not worth less for it; one that is blind to all of them is left out', () => {
  const images = Array.from({ length: 12 }, (_, index) => ({
    image: { image_id: String(index).padStart(24, '0'), width: 640, height: 480 },
    sources: [
      source('both', [object('cat', 0.9, [10, 10, 200, 200]), object('dog', 0.8, [300, 10, 500, 200])]),
      source('cats', [object('cat', 0.7, [10, 10, 200, 200])], { vocabulary: ['cat'] }),
      source('worse', [object('cat', 0.9, [10, 10, 200, 200]), object('dog', 0.8, [300, 210, 500, 400])]),
      source('unicorns', [object('unicorn', 0.9, [10, 10, 200, 200])], { vocabulary: ['unicorn'] }),
    ],
  }))
  const truth: Truth = {
    images: images.map(({ image }) => image.image_id),
    labels: new Set(['cat', 'dog']),
    boxes: images.flatMap(({ image: { image_id } }) => [
      { image: image_id, label: 'cat', box: [10, 10, 200, 200] as const, is_group: false },
      { image: image_id, label: 'dog', box: [300, 10, 500, 200] as const, is_group: false },
    ]),
  }
  const { sources, before, after } = fitCalibration({ images, truth, config, ...asked })
  expect([...sources.keys()]).toEqual(['both', 'cats', 'worse'])
  expect(sources.get('both')).toMatchObject({ ap: 1, weight: 1, detections: 24, hits: 24 })
  expect(sources.get('cats')).toMatchObject({ ap: 1, weight: 1, hits: 12 })
  expect(sources.get('worse')).toMatchObject({ ap: 0.5, weight: 0, hits: 12 })
  expect(after.regions.precision).toBeGreaterThanOrEqual(0.75)
  // The images as their own rules have them, and again with what was fitted: nothing is worse for it.
  expect(before).toEqual(fusedFigures({ images, truth }, config))
  expect(after.ap ?? 0).toBeGreaterThanOrEqual(before.ap ?? 1)
  expect(before.regions.boxes).toBe(24)
  const shuffled = images.map((each) => ({ ...each, sources: [...each.sources].reverse() })).reverse()
  expect(fitCalibration({ images: shuffled, truth, config, ...asked })).toEqual({
    ...fitCalibration({ images, truth, config, ...asked }),
  })
  expect(() =>
    fitCalibration({
      images: images.map((each) => ({ ...each, sources: each.sources.slice(3) })),
      truth,
      config,
      ...asked,
    }),
  ).toThrow(/no annotator \(unicorns\) saw anything with a label that the truth has/)
})

it('an annotator that says what the truth has by a narrower name is measured by it', () => {
  const images = Array.from({ length: 6 }, (_, index) => ({
    image: { image_id: String(index).padStart(24, '0'), width: 640, height: 480 },
    sources: [source('men', [object('man', 0.9, [10, 10, 200, 200])], { vocabulary: ['man'] })],
  }))
  const truth: Truth = {
    images: images.map(({ image }) => image.image_id),
    labels: new Set(['person']),
    boxes: images.map(({ image }) => {
      return { image: image.image_id, label: 'person', box: [10, 10, 200, 200] as const, is_group: false }
    }),
  }
  const { sources, after } = fitCalibration({ images, truth, config, ...asked })
  expect(sources.get('men')).toMatchObject({ ap: 1, weight: 1, detections: 6, hits: 6 })
  expect(after.regions).toMatchObject({ precision: 1, recall: 1 })
})
