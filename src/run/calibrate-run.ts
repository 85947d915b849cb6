import type { CalibrationMethod, CalibrationTarget } from '../../schemas/calibration.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord, Split } from '../../schemas/image.js'
import type { RunPlan } from '../../schemas/run.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import { type AnnotatedImage, type FittedCalibration, fitCalibration } from '../consensus/calibration/index.js'
import { readManifest } from '../dataset/manifest.js'
import type { TrueBox, Truth } from '../measure/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { NewCalibration } from './calibration-registry.js'
import { type CocoId, type CocoTruth, imagesByName, truthOf } from './coco-truth.js'
import { type ObservedImage, observedShards } from './observed-shards.js'

/** The round that specialists vote in. */
const round = 0

/** Which of the labelled images a calibration is fitted on: all, or those for which both hold. */
export interface ChosenImages {
  readonly split?: Split | undefined
  /** Matched against the image's source. */
  readonly pattern?: RegExp | undefined
}

export interface CalibrateOptions {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly name: string
  /** Labels from elsewhere, images found by file name; null for the source's own. */
  readonly truth: { readonly coco: CocoTruth; readonly path: string } | null
  readonly chosen: ChosenImages
  readonly method: CalibrationMethod
  readonly target: CalibrationTarget
  readonly precision: number
  /** Labelled images that are asked for. */
  readonly minImages: number
  readonly signal: AbortSignal
}

/** A calibration that is not stored yet, and how well the images that it was fitted on are decided without and with it. */
export interface CalibratedRun extends Pick<FittedCalibration, 'before' | 'after'> {
  readonly calibration: NewCalibration
}

/**
 * Fits the scores of a run's annotators to labels, from stored observations: no model is loaded. Later rounds have no part
 * in it, for a checkpoint that annotates again has no vote. Images without labels are passed over; those that were labelled
 * and have nothing count. Throws FldError `run_missing` where round 0 is not complete, and `source_invalid` where no image has a labelled box, too few images are labelled, no annotator saw anything
 * that was labelled, or two images have the file name of one that is labelled.
 */
export async function calibrateRun(options: CalibrateOptions): Promise<CalibratedRun> {
  const { plan, name, method, target, truth: given } = options
  await checkComplete(options)
  const { images, truth } = await labelledImages(options)
  const wanted = truth.boxes.filter(({ is_group }) => !is_group).length
  if (wanted === 0) throw noLabels(options, images.length)
  if (images.length < options.minImages) throw tooFew(options, images.length)
  const { consensus: config } = plan.pipeline
  const fitted = fitCalibration({ images, truth, config, method, target, precision: options.precision })
  const sources = [...fitted.sources].flatMap(([annotator, source]) => {
    const planned = plan.annotators.find((each) => each.name === annotator)
    return planned === undefined
      ? []
      : [[annotator, { digest: planned.digest, family: planned.entry.family, ...source }] as const]
  })
  const fitted_on = {
    ...{ run: plan.run, round, set: plan.set, truth: given?.path ?? 'source labels' },
    ...{ chosen: chosenText(options.chosen), images: images.length, boxes: wanted, iou: 0.5 },
  }
  return {
    calibration: {
      ...{ kind: 'fld-calibration', format: 1, name, method, target, fitted_on, rules: fitted.rules },
      sources: Object.fromEntries(sources),
    },
    ...{ before: fitted.before, after: fitted.after },
  }
}

/** What is fitted must not depend on how far a run had got. */
async function checkComplete({ store, plan: { run }, signal }: CalibrateOptions): Promise<void> {
  if ((await readManifest(store, run, round, { signal })) !== null) return
  const message = `round ${round} of run "${run}" is not complete: a calibration is fitted on all of it; let its own command finish it first (fld status ${run} says where it stands)`
  throw new FldError('run_missing', message, { details: { run, round } })
}

/** The labelled images of the choice, with what annotators saw in them and what is known. */
async function labelledImages(options: CalibrateOptions): Promise<{ images: AnnotatedImage[]; truth: Truth }> {
  const given = options.truth === null ? null : imagesByName(options.truth.coco)
  const images: AnnotatedImage[] = []
  const named = new Map<CocoId, string>()
  const own: TrueBox[] = []
  for await (const shard of observedShards({ ...options, round })) {
    for (const observed of shard.images) {
      const { record, sources, labelled } = observed
      if (!isChosen(record, options.chosen)) continue
      const id = given?.find(record)?.id
      if (given === null ? labelled === null : id === undefined) continue
      images.push({ image: record, sources })
      if (id === undefined) own.push(...trueBoxes(observed))
      else named.set(id, record.image_id)
    }
  }
  if (options.truth !== null) return { images, truth: truthOf(options.truth.coco, named) }
  const labels = new Set(own.map(({ label }) => label))
  return { images, truth: { images: images.map(({ image }) => image.image_id), labels, boxes: own } }
}

function trueBoxes({ record, labelled }: ObservedImage): TrueBox[] {
  return (labelled ?? []).flatMap((each) =>
    each.kind === 'object'
      ? [
          {
            image: record.image_id,
            label: canonicalLabel(each.label),
            box: each.box,
            is_group: each.is_group ?? false,
          },
        ]
      : [],
  )
}

function isChosen({ split, source }: ImageRecord, chosen: ChosenImages): boolean {
  if (chosen.split !== undefined && chosen.split !== split) return false
  return chosen.pattern === undefined || chosen.pattern.test(source)
}

function chosenText({ split, pattern }: ChosenImages): string | null {
  const parts = [split && `split ${split}`, pattern && `images matching ${pattern.source}`].filter(Boolean)
  return parts.length === 0 ? null : parts.join(', ')
}

function noLabels({ plan, truth, chosen }: CalibrateOptions, images: number): FldError {
  const where = truth === null ? `the source's own labels (${plan.source})` : truth.path
  const choice = chosenText(chosen) ?? 'all images'
  const hint = truth === null ? 'Name a COCO file with --truth' : 'Its images are found by their file names'
  const message = `round ${round} of run "${plan.run}": ${where} has no box in ${choice}; ${images} of those images are labelled at all. ${hint}`
  return new FldError('source_invalid', message, { details: { run: plan.run, images } })
}

function tooFew({ plan, chosen, minImages }: CalibrateOptions, images: number): FldError {
  const choice = chosenText(chosen) ?? 'all images'
  const message = `round ${round} of run "${plan.run}": ${images} of ${choice} are labelled, at least ${minImages} are asked for: fitted on few images, scores and thresholds say more about chance than about the annotators. --min-images ${images} takes them all the same`
  return new FldError('source_invalid', message, { details: { run: plan.run, images, least: minImages } })
}
