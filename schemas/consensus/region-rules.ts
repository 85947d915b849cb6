import { z } from 'zod'
import { calibrationCurveSchema, curvesBySizeSchema } from '../calibration-curve.js'
import { labelTableVersion } from '../vocabularies/label-table.js'

const unit = z.number().min(0).max(1)

/** How far one annotator is believed. */
const sourceTrustSchema = z
  .object({
    /** Instead of `score_threshold` (objects) or `text_score` (text regions) for this annotator. */
    threshold: unit.optional(),
    /**
     * Share of its evidence that counts beside what others say: a score s becomes 1 - (1 - s)^weight. 1 takes it as it is, 0
     * does not hear it. For labels that it alone knows the weight is not asked.
     */
    weight: unit.default(1),
    /** Points of a monotone curve from raw to calibrated score, applied before the weight. The identity without it. */
    calibration: calibrationCurveSchema.optional(),
    /** Curves for boxes of COCO's sizes, in place of the one for all. */
    calibration_by_size: curvesBySizeSchema.optional(),
  })
  .strict()

/** What is asked of the regions of one label instead of what is asked of all. */
const labelRuleSchema = z
  .object({
    score_threshold: unit.optional(),
    min_votes: z.number().int().min(1).optional(),
    region_score: unit.optional(),
    solo_score: unit.optional(),
    unopposed_score: unit.optional(),
  })
  .strict()

/**
 * Numbers of the rules on regions and their masks. Defaults were chosen on three small COCO detectors (DEIMv2-femto, YOLOX-nano,
 * PicoDet-S) and 159 labelled COCO images, where the val2017 and the train2017 images lie on the same plateau;
 * infra/bench/coco-eval prints the figures.
 */
export const regionRules = {
  /** A detector votes for a region with a calibrated score of at least this. From .1 to .25 the result hardly changes. */
  score_threshold: unit.default(0.2),
  /** The label table that a run was decided with: recorded, not chosen. */
  label_table: z.string().default(labelTableVersion),
  /** What is known of single annotators, by their name. */
  sources: z.record(z.string(), sourceTrustSchema).default({}),
  /** The fitted file that the curves and weights of `sources` come from, `name@version`: recorded by --calibration. */
  calibration: z.string().nullable().default(null),
  /**
   * How much of its evidence each further family adds to a region: the k-th after the strongest counts for this to the
   * power of k. 1 takes families for independent; they are less so the better their scores are calibrated.
   */
  further_votes: unit.default(1),
  /** Within one annotator and label, a box above this IoU with a stronger one is the same object seen twice. */
  model_nms_iou: unit.default(0.75),
  /** Boxes of one label are fused to a candidate above this IoU with its fused box: best for ranking (AP). */
  fusion_iou: unit.default(0.65),
  /** Candidates of one label above this IoU are one region: best for deciding (F1). */
  cluster_iou: unit.default(0.4),
  /** A box weighs in the mean of its region's coordinates by its score to this power: from 2 to 4 F1 hardly changes. */
  box_sharpness: z.number().min(0).max(10).default(3),
  /**
   * How a region is named that some call by a wider label (vehicle) and some by a narrower one (car): both are one region
   * and both names vote for it. `apart` leaves them two.
   */
  label_parents: z.enum(['narrower', 'wider', 'apart']).default('narrower'),
  /** Distinct families that must agree on a region. A family that lacks the label abstains. */
  min_votes: z.number().int().min(1).default(2),
  /** Fused score that a region with enough votes needs. Two detectors reach .71 at .46 each, three at .34 each. */
  region_score: unit.default(0.71),
  /** Calibrated score at which one family passes a region alone although others could have seen it. */
  solo_score: unit.default(0.85),
  /** Highest score of a region that no family opposes by silence, as when only one knows the label. Most detectors are 80 % precise at .5. */
  unopposed_score: unit.default(0.5),
  /** Other numbers for single labels, by canonical name. */
  label_rules: z.record(z.string(), labelRuleSchema).default({}),
  /**
   * Regions of different labels at or above this IoU are one thing: the label with more support names it. From .7 to
   * .9 precision and recall on COCO hardly change; lower, fewer animals are two.
   */
  label_conflict_iou: unit.default(0.8),
  /** What was said of a proposed box is said of the agreed object that it overlaps most, at or above this IoU. */
  proposed_region_iou: unit.default(0.5),
  /** A replay ties what was said of a region to the region of the same thing that it overlaps most, at or above this IoU. */
  moved_region_iou: unit.default(0.8),
  /** IoU that a segmenter must expect of its mask. */
  mask_score: unit.default(0.5),
  /** How little a mask may depend on the threshold that cut it. */
  mask_stability: unit.default(0.5),
}
