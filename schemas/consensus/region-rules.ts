import { z } from 'zod'
import { labelTableVersion } from '../vocabularies/label-table.js'

const unit = z.number().min(0).max(1)

/** Raw and calibrated score, both rising: between two points the line between them, outside the nearest point's value. */
const calibrationSchema = z
  .array(z.tuple([unit, unit]))
  .min(1)
  .refine(
    (points) => points.every(([raw, score], at) => at === 0 || rises(points[at - 1], raw, score)),
    'calibration points rise: each raw score above the one before, each calibrated score not below it',
  )

function rises(before: readonly [number, number] | undefined, raw: number, score: number): boolean {
  return before !== undefined && raw > before[0] && score >= before[1]
}

/** How far one annotator is believed. */
const sourceTrustSchema = z
  .object({
    /** Instead of `score_threshold` (objects) or `text_score` (text regions) for this annotator. */
    threshold: unit.optional(),
    /** Share of its evidence that counts: a score s becomes 1 - (1 - s)^weight. 1 takes it as it is. */
    weight: unit.default(1),
    /** Points of a monotone curve from raw to calibrated score, applied before the weight. The identity without it. */
    calibration: calibrationSchema.optional(),
  })
  .strict()

/**
 * Numbers of the rules on regions and their masks. Defaults were chosen on three small COCO detectors (DEIMv2-femto, YOLOX-nano,
 * PicoDet-S) and 159 labelled COCO images, where the val2017 and the train2017 images lie on the same plateau;
 * infra/bench/coco-eval prints the figures.
 */
export const regionRules = {
  /** A detector votes for a region with a calibrated score of at least this. From .2 to .3 the result hardly changes. */
  score_threshold: unit.default(0.3),
  /** The label table that a run was decided with: recorded, not chosen. */
  label_table: z.string().default(labelTableVersion),
  /** What is known of single annotators, by their name. */
  sources: z.record(z.string(), sourceTrustSchema).default({}),
  /** Within one annotator and label, a box above this IoU with a stronger one is the same object seen twice. */
  model_nms_iou: unit.default(0.75),
  /** Boxes of one label are fused to a candidate above this IoU with its fused box: best for ranking (AP). */
  fusion_iou: unit.default(0.65),
  /** Candidates of one label above this IoU are one region: best for deciding (F1). */
  cluster_iou: unit.default(0.5),
  /** Distinct families that must agree on a region. A family that lacks the label abstains. */
  min_votes: z.number().int().min(1).default(2),
  /** Fused score that a region with enough votes needs. Two detectors reach .7 at .45 each, three at .33 each. */
  region_score: unit.default(0.7),
  /** Calibrated score at which one family passes a region alone although others could have seen it. */
  solo_score: unit.default(0.85),
  /** The same for single labels, by canonical name. */
  solo_scores: z.record(z.string(), unit).default({}),
  /** Highest score of a region that no family opposes by silence, as when only one knows the label. Most detectors are 80 % precise at .5. */
  unopposed_score: unit.default(0.5),
  /**
   * Regions of different labels at or above this IoU are one thing: the label with more support names it. From .7 to
   * .9 precision and recall on COCO hardly change; lower, fewer animals are two.
   */
  label_conflict_iou: unit.default(0.8),
  /** What was said of a proposed box is said of the agreed object that it overlaps most, at or above this IoU. */
  proposed_region_iou: unit.default(0.5),
  /** IoU that a segmenter must expect of its mask. */
  mask_score: unit.default(0.5),
  /** How little a mask may depend on the threshold that cut it. */
  mask_stability: unit.default(0.5),
}
