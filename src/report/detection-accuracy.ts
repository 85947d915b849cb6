import type { RegionTextRow } from '../../schemas/annotation.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations } from '../../schemas/observation.js'
import type { RunPlan } from '../../schemas/run.js'
import { canonicalLabel, vocabularyOf } from '../../schemas/vocabularies/index.js'
import { readObservations } from '../dataset/observation-file.js'
import {
  type BoxSize,
  bestOperatingPoint,
  bestPerImage,
  cocoFigures,
  type Detection,
  judge,
  precisionRecall,
  type TrueBox,
  type Truth,
  truthAbout,
} from '../measure/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { KnownBoxes } from './known-boxes.js'
import type { ReportShard } from './report-shards.js'

/** How right boxes of one size are; null where nothing was to be found, or nothing was. */
export interface SizeAccuracy {
  readonly ap: number | null
  readonly precision: number | null
  readonly recall: number | null
}

/** How right a source, or what was committed, is: average precision as COCO has it, the others at IoU .5 with labels pooled. */
export interface SourceAccuracy {
  /** Null for the committed regions. */
  readonly annotator: string | null
  /** Labelled images that it was heard on: it is measured over these alone. */
  readonly images: number
  readonly ap: number | null
  readonly ap50: number | null
  /** The score from which precision and recall are taken: the one with the best F1. Null where all count. */
  readonly threshold: number | null
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
  readonly by_size: Readonly<Record<BoxSize, SizeAccuracy>>
}

/** How right a run is, on those of its images that people labelled. */
export interface DetectionAccuracy {
  readonly truth: string
  /** Labelled images that are in the run, and labelled images there are. */
  readonly images: number
  readonly labelled: number
  readonly boxes: number
  readonly sources: readonly SourceAccuracy[]
  /** Null where the source named objects on these images, which the run took among its annotations: they would be held against themselves. */
  readonly committed: SourceAccuracy | null
}

interface Detector {
  readonly annotator: string
  readonly canonical: (label: string) => string
  readonly detections: Detection[]
  /** Labelled images on which it was heard, those in which it saw nothing too. */
  readonly images: string[]
}

/**
 * Holds the detectors of a run and its agreed objects against true boxes: those of `known`, else those that came with the
 * source. What it keeps grows with the labelled images: a hundred boxes of each and detector.
 */
export class AccuracyTally {
  readonly #plan: RunPlan
  readonly #known: KnownBoxes | null
  readonly #detectors: readonly Detector[]
  readonly #committed: Detection[] = []
  readonly #images: string[] = []
  readonly #boxes: TrueBox[] = []
  #labelsAmongRegions = false

  constructor(plan: RunPlan, known: KnownBoxes | null) {
    this.#plan = plan
    this.#known = known
    this.#detectors = plan.annotators
      .filter(({ produces }) => produces.includes('object'))
      .map(({ name, entry }) => {
        const own = vocabularyOf(entryVocabulary(entry))
        return { annotator: name, canonical: (label: string) => canonicalLabel(label, own), detections: [], images: [] }
      })
  }

  /** Adds the labelled images of a shard. Reads the observations of its detectors where it has any. */
  async add(store: ObjectStore, shard: ReportShard, options: { signal: AbortSignal }): Promise<void> {
    const observed = async (annotator: string): Promise<ImageObservations[]> => {
      const file = shard.observed.get(annotator)
      return file === undefined ? [] : readObservations(store, file.key, options)
    }
    const own = await observed('source')
    const labelled = this.#known === null ? sourceBoxes(own) : knownBoxes(this.#known, shard.images)
    if (labelled.size === 0) return
    this.#labelsAmongRegions ||= own.some((image) => labelled.has(image.image_id) && image.observations.some(isObject))
    this.#images.push(...labelled.keys())
    for (const boxes of labelled.values()) this.#boxes.push(...boxes)
    this.#committed.push(...shard.annotations.region_text.flatMap((row) => committedBox(row, labelled)))
    const said = await Promise.all(this.#detectors.map(async (each) => [each, await observed(each.annotator)] as const))
    for (const [{ detections, canonical, images: heard }, images] of said) {
      for (const image of images) {
        if (image.failure !== null || !labelled.has(image.image_id)) continue
        heard.push(image.image_id)
        detections.push(...bestBoxes(image, canonical))
      }
    }
  }

  /** Null without true boxes. Throws FldError `source_invalid` where boxes were given and are of no image of the run. */
  figures(): DetectionAccuracy | null {
    const known = this.#known
    if (known !== null && this.#images.length === 0) {
      throw new FldError(
        'source_invalid',
        `none of the ${known.images} images of ${known.name} is in run "${this.#plan.run}"`,
      )
    }
    if (this.#boxes.length === 0) return null
    const labels = known?.labels ?? new Set(this.#boxes.map(({ label }) => label))
    const truth: Truth = { images: this.#images, labels, boxes: this.#boxes }
    return {
      truth: known?.name ?? 'the labels that came with the source',
      images: this.#images.length,
      labelled: known?.images ?? this.#images.length,
      boxes: this.#boxes.length,
      sources: this.#detectors.map(({ annotator, detections, images }) =>
        sourceAccuracy(truthAbout(truth, images), annotator, detections),
      ),
      committed: this.#labelsAmongRegions ? null : sourceAccuracy(truth, null, this.#committed),
    }
  }
}

function isObject({ kind }: ImageObservations['observations'][number]): boolean {
  return kind === 'object'
}

type LabelledImages = ReadonlyMap<string, readonly TrueBox[]>

function knownBoxes(known: KnownBoxes, images: readonly ImageRecord[]): LabelledImages {
  return new Map(
    images.flatMap((image) => {
      const boxes = known.boxesOf(image)
      return boxes === null ? [] : [[image.image_id, boxes] as const]
    }),
  )
}

function sourceBoxes(images: readonly ImageObservations[]): LabelledImages {
  return new Map(
    images.map(({ image_id, observations }) => [
      image_id,
      observations.flatMap((said): TrueBox[] => {
        if (said.kind !== 'object') return []
        const label = canonicalLabel(said.label)
        return [{ image: image_id, label, box: said.box, is_group: said.is_group ?? false }]
      }),
    ]),
  )
}

/** A box around many is no claim about any one of them. */
function committedBox(row: RegionTextRow, labelled: LabelledImages): Detection[] {
  const { image_id, label, score, x1, y1, x2, y2 } = row
  if (label === null || row.is_group === true || !labelled.has(image_id)) return []
  return [{ image: image_id, label, score, box: [x1, y1, x2, y2] }]
}

function bestBoxes({ image_id, observations }: ImageObservations, canonical: Detector['canonical']): Detection[] {
  return observations
    .flatMap((said) => (said.kind === 'object' && said.is_group !== true ? [said] : []))
    .sort((a, b) => b.score - a.score)
    .slice(0, bestPerImage)
    .map(({ label, score, box }) => ({ image: image_id, label: canonical(label), score, box }))
}

function sourceAccuracy(truth: Truth, annotator: string | null, detections: readonly Detection[]): SourceAccuracy {
  const { ap, ap50, bySize } = cocoFigures(truth, detections)
  const threshold = annotator === null ? null : (bestOperatingPoint(judge(truth, detections))?.threshold ?? null)
  const counted = threshold === null ? detections : detections.filter(({ score }) => score >= threshold)
  const { precision, recall, f1 } = precisionRecall(judge(truth, counted))
  const ofSize = (size: BoxSize): SizeAccuracy => {
    const point = precisionRecall(judge(truth, counted, { size }))
    return { ap: bySize[size].ap, precision: point.precision, recall: point.recall }
  }
  const by_size = { small: ofSize('small'), medium: ofSize('medium'), large: ofSize('large') }
  return { annotator, images: truth.images.length, ap, ap50, threshold, precision, recall, f1, by_size }
}
