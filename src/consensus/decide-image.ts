import type { AgreedRegion, AgreedText, RegionTexts, ShardAnnotations } from '../../schemas/annotation.js'
import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { labelPhrase } from '../../schemas/vocabularies/index.js'
import { annotationRows } from './annotation-rows.js'
import { groundPhrases } from './phrases/ground-phrases.js'
import { decideGroundedBoxes } from './phrases/grounded-boxes.js'
import { joinTriplets } from './phrases/triplets.js'
import { type DecidedRegion, decideRegions } from './regions/decide-regions.js'
import { followMovedRegions } from './regions/moved-regions.js'
import { proposedCaptions } from './regions/proposed-texts.js'
import { decideMasks } from './regions/region-masks.js'
import { regionWords } from './regions/region-texts.js'
import { type Reject, rejectObservation } from './reject.js'
import { compareText, type DecidedImage, inNameOrder, type Source } from './source.js'
import { agreedText, decideTexts } from './texts/decide-texts.js'

/** An image, what was said about it, and how to decide. */
export interface DecisionQuestion {
  readonly image: DecidedImage
  /** All annotators of the run on this image, also those that failed. */
  readonly sources: readonly Source[]
  readonly config: ConsensusConfig
  /** The rules that annotators of regions saw the image decided by, where these are others; null or absent: the same. */
  readonly shownUnder?: ConsensusConfig | null
}

export interface ImageQuestion extends DecisionQuestion {
  readonly shard: string
  readonly round: number
}

/** What is decided about an image so far, as the annotators of later stages see it. */
export interface DecidedSoFar {
  /** Agreed objects and texts, then the boxes of phrases that are neither. */
  readonly regions: readonly AgreedRegion[]
  readonly texts: readonly AgreedText[]
  readonly regionTexts: readonly RegionTexts[]
}

/**
 * The annotations of one image, as rows of the four tables. Pure: the same observations and configuration give the same
 * rows, whatever the order of the sources, so that a replay without any model repeats a run. Which checkpoints support
 * a row is left to the run, which knows them.
 */
export function decideImage(question: ImageQuestion): ShardAnnotations {
  const { image, config, shard, round } = question
  const { sources, families, regions, texts, triplets, phraseRegions, rejects } = decideAll(question, { final: true })
  const ids = new Set([...regions, ...phraseRegions].map((region) => region.region_id))
  const masked = decideMasks(sources, ids, config)
  const proposed = proposedCaptions(sources, regions, config)
  const said = regionWords(proposed.sources, ids, config)
  const failures = inNameOrder(sources).flatMap((source) => [...rejectFailure(source), ...rejectAnswers(source)])
  return annotationRows(
    { image_id: image.image_id, shard, round, checkpoints: null },
    {
      ...{ regions, texts, triplets },
      masks: masked.masks,
      words: said.words,
      families,
      rejects: [...failures, ...rejects, ...proposed.rejects, ...said.rejects, ...masked.rejects],
    },
  )
}

/** What later stages are shown of an image: from the sources of the earlier ones. Pure, as `decideImage`. */
export function decideSoFar(question: DecisionQuestion): DecidedSoFar {
  const { sources, regions, texts, phraseRegions } = decideAll(question, { final: false })
  const proposed = proposedCaptions(sources, regions, question.config)
  const { words } = regionWords(proposed.sources, new Set(regions.map(({ region_id }) => region_id)), question.config)
  return {
    regions: [...regions, ...phraseRegions],
    texts: texts.map(agreedText),
    regionTexts: regions
      .filter(({ kind }) => kind === 'object')
      .map(({ region_id, label }) => ({
        region_id,
        texts: [...new Set([labelPhrase(label), ...words.captions(region_id), ...words.nounChunks(region_id)])],
      })),
  }
}

/** Texts are decided finally once all annotators have spoken: until then nobody has measured them. */
function decideAll(asked: DecisionQuestion, { final }: { final: boolean }) {
  const regions = decideRegions(asked)
  const { shownUnder: under = null } = asked
  const { sources, rejects: lost } =
    under === null ? { sources: asked.sources, rejects: [] } : followMovedRegions({ ...asked, under }, regions.regions)
  const question = { ...asked, sources }
  const families = new Map(sources.map(({ annotator, family }) => [annotator, family]))
  const texts = decideTexts({ ...question, regions: final ? regions.regions : null })
  const byId = new Map(regions.regions.map((region) => [region.region_id, region]))
  const phrases = texts.texts.map((text) => groundPhrases(text, byId, question.config, families))
  const boxes = decideGroundedBoxes({ ...question, texts: texts.texts, regions: regions.regions })
  return {
    ...{ sources, families },
    regions: regions.regions,
    texts: texts.texts,
    triplets: joinTriplets(
      phrases.flatMap((each) => each.grounded),
      boxes.grounded,
    ),
    phraseRegions: ownRegions(boxes.grounded.map(({ region }) => region)),
    rejects: [
      ...regions.rejects,
      ...lost,
      ...texts.rejects,
      ...phrases.flatMap((each) => each.rejects),
      ...boxes.rejects,
    ],
  }
}

/** The regions that only phrases have, each once, by id. */
function ownRegions(regions: readonly DecidedRegion[]): DecidedRegion[] {
  const own = new Map(regions.filter(({ kind }) => kind === 'phrase').map((region) => [region.region_id, region]))
  return [...own.values()].sort((a, b) => compareText(a.region_id, b.region_id))
}

/** An image that an annotator could not process: not the same as one in which it saw nothing. */
function rejectFailure(source: Source): Reject[] {
  if (source.failure === null) return []
  return [
    {
      kind: 'image',
      stage: 'annotate',
      reason: 'annotator_failed',
      rule: 'annotator_answers',
      support: [source.annotator],
      votes: 1,
      score: 0,
      payload: { annotator: source.annotator },
      failed: { failure: source.failure },
    },
  ]
}

/** Answers of language models that are no texts: their annotator has said why. */
function rejectAnswers(source: Source): Reject[] {
  return source.observations
    .filter((said) => said.kind === 'rejected_text')
    .map((said) => {
      const because = { reason: said.reason, rule: 'usable_answer', failed: said.failed }
      return { ...rejectObservation(source, said, because), stage: 'annotate' as const }
    })
}
