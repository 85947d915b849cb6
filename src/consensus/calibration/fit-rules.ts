import type { CalibratedRules } from '../../../schemas/calibration.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { type Detection, judge, type PrecisionRecall, precisionRecall, type Truth } from '../../measure/index.js'
import type { Electorate } from '../regions/electorate.js'
import { resolveLabels } from '../regions/label-conflict.js'
import { mergeWiderLabels, voteUnderNames } from '../regions/merge-wider-labels.js'
import { observeObjects } from '../regions/observed-objects.js'
import { fuseCandidates, joinCandidates, type RegionCandidate } from '../regions/region-candidates.js'
import type { AnnotatedImage } from './calibration-samples.js'

/** Thresholds for calibrated scores, and what they come to on the labelled images. */
export interface FittedRules {
  readonly rules: Omit<CalibratedRules, 'further_votes'>
  readonly reached: PrecisionRecall
}

export interface RuleQuestion {
  readonly images: readonly AnnotatedImage[]
  readonly truth: Truth
  /** With the curves and weights in it. */
  readonly config: ConsensusConfig
  /** Precision at IoU .5 that is asked of the regions, where it can be had. */
  readonly precision: number
}

/** Values that are tried. Coarse, so that few images do not decide more than they know; region scores once more, finer. */
const scoreThresholds = [0.05, 0.1, 0.15, 0.2]
const regionScores = Array.from({ length: 12 }, (_, index) => (10 + 6 * index) / 100)
const finerSteps = [-0.04, -0.02, 0, 0.02, 0.04]
const soloScores = [0.4, 0.5, 0.6, 0.7, 0.8, 1]
const unopposedScores = Array.from({ length: 46 }, (_, index) => (10 + 2 * index) / 100)

/**
 * Thresholds at which calibrated scores decide best: of the combinations whose regions are precise enough the one with the
 * highest F1, labels pooled at IoU .5; of all of them where none is. `unopposed_score` is for labels that one family alone
 * knows, which the labelled images may not have: the lowest at which the annotators, each by itself, are precise enough.
 */
export function fitRules(question: RuleQuestion): FittedRules {
  const { truth, precision } = question
  const unopposed_score = fitUnopposed(question)
  const config = { ...question.config, unopposed_score }
  const fused = question.images.map((image) => fusedImage(image, config))
  const measure = (rules: FittedRules['rules']): FittedRules => {
    const regions = fused.flatMap((image) => decidedObjects(image, { ...config, ...rules }))
    return { rules, reached: precisionRecall(judge(truth, regions)) }
  }
  const coarse = scoreThresholds.flatMap((score_threshold) =>
    soloScores.flatMap((solo_score) =>
      regionScores.map((region_score) => measure({ score_threshold, region_score, solo_score, unopposed_score })),
    ),
  )
  const { rules } = best(coarse, precision)
  const finer = finerSteps.map((step) => Math.round((rules.region_score + step) * 100) / 100)
  return best(
    finer.map((region_score) => measure({ ...rules, region_score })),
    precision,
  )
}

function best(tried: readonly FittedRules[], precision: number): FittedRules {
  return tried.reduce((one, other) => (better(other.reached, one.reached, precision) ? other : one))
}

/** Precise enough first, then F1; the first of equal ones stays. */
function better(one: PrecisionRecall, other: PrecisionRecall, precision: number): boolean {
  const [enough, wasEnough] = [(one.precision ?? 0) >= precision, (other.precision ?? 0) >= precision]
  return enough === wasEnough ? (one.f1 ?? 0) > (other.f1 ?? 0) : enough
}

interface FusedImage {
  readonly image: string
  readonly candidates: readonly RegionCandidate[]
  readonly electorate: Electorate
}

/** Of all combinations that are tried the one that lets most pass. */
const loosest = {
  score_threshold: Math.min(...scoreThresholds),
  region_score: Math.min(...regionScores) + Math.min(...finerSteps),
  solo_score: Math.min(...soloScores),
}

/** What is the same whatever the thresholds: the candidates that any of them could let pass. */
function fusedImage({ image, sources }: AnnotatedImage, config: ConsensusConfig): FusedImage {
  const machines = sources.filter(({ human }) => !human)
  const { observed, electorate } = observeObjects(image, machines, config)
  const joined = mergeWiderLabels(joinCandidates(fuseCandidates(observed, config), config), config)
  const candidates = joined.filter(
    (region) => voteUnderNames(region, electorate, { ...config, ...loosest }).verdict.passed,
  )
  return { image: image.image_id, candidates, electorate }
}

function decidedObjects({ image, candidates, electorate }: FusedImage, config: ConsensusConfig): Detection[] {
  const voted = candidates.map((region) => voteUnderNames(region, electorate, config))
  return resolveLabels(voted, config).regions.map(({ region: { label, score, box } }) => ({ image, label, score, box }))
}

function fitUnopposed({ images, truth, config, precision }: RuleQuestion): number {
  const annotators = [...new Set(images.flatMap(({ sources }) => sources.map(({ annotator }) => annotator)))]
  const counted = annotators.flatMap((annotator) => {
    const alone = images.flatMap(({ image, sources }) => {
      const own = sources.filter((source) => source.annotator === annotator && !source.human)
      const { observed } = observeObjects(image, own, config)
      return observed.map(({ label, score, box }) => ({ image: image.image_id, label, score, box }))
    })
    return judge(truth, alone).counted
  })
  const precise = (threshold: number) => {
    const above = counted.filter(({ score }) => score >= threshold)
    return above.length > 0 && above.filter(({ hit }) => hit).length >= precision * above.length
  }
  return unopposedScores.find(precise) ?? 1
}
