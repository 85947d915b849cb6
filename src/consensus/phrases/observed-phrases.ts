import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { Span } from '../../../schemas/known-phrases.js'
import type { GroundedPhraseObservation } from '../../../schemas/observation.js'
import { clipToImage } from '../boxes/box-overlap.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareObserved, type DecidedImage, inNameOrder, type Observed, type Source } from '../source.js'
import { phraseFault } from './phrase-noun.js'
import { placeOfPhrase, spanFault } from './phrase-place.js'

/** A box that a model gave a phrase. */
export interface ObservedPhrase extends Observed<GroundedPhraseObservation> {
  /** Where the phrase stands in the text, whatever bounds the model drew. */
  readonly place: Span
}

/** All that was grounded in one phrase of one text. */
export interface PhraseAnswers {
  readonly text: string
  readonly place: Span
  /** At least one, the surest first; none that its model gave twice. */
  readonly seen: readonly ObservedPhrase[]
}

interface PhraseQuestion {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  readonly texts: readonly { readonly text: string }[]
  readonly config: ConsensusConfig
}

/** What grounding models said, phrase by phrase. What is no phrase of an agreed text, stands for nothing, is unsure or was found twice by one model is rejected. */
export function observePhrases(question: PhraseQuestion): { phrases: PhraseAnswers[]; rejects: Reject[] } {
  const phrases = new Map<string, { text: string; place: Span; seen: ObservedPhrase[] }>()
  const rejects: Reject[] = []
  const texts = new Set(question.texts.map(({ text }) => text))
  for (const source of inNameOrder(question.sources)) {
    for (const observation of source.observations) {
      if (observation.kind !== 'grounded_phrase') continue
      const phrase = observePhrase(source, observation, { ...question, known: texts })
      if ('reason' in phrase) {
        rejects.push(phrase)
        continue
      }
      const { text } = observation
      const key = JSON.stringify([text, phrase.place.start, phrase.place.end])
      const known = phrases.get(key)
      if (known === undefined) phrases.set(key, { text, place: phrase.place, seen: [phrase] })
      else known.seen.push(phrase)
    }
  }
  const answers = [...phrases.values()].map(({ seen, ...phrase }): PhraseAnswers => {
    const { kept, twins } = withoutTwins(seen.sort(surestFirst), question.config)
    rejects.push(...twins)
    return { ...phrase, seen: kept }
  })
  return { phrases: answers, rejects }
}

/** Non-maximum suppression within one model and phrase; people mean each of their boxes. */
function withoutTwins(
  seen: readonly ObservedPhrase[],
  { model_nms_iou }: ConsensusConfig,
): { kept: ObservedPhrase[]; twins: Reject[] } {
  const kept: ObservedPhrase[] = []
  const twins: Reject[] = []
  for (const phrase of seen) {
    const others = phrase.human ? [] : kept.filter(({ annotator }) => annotator === phrase.annotator)
    const keeper = others.find(({ box }) => boxIou(box, phrase.box) > model_nms_iou)
    if (keeper === undefined) {
      kept.push(phrase)
      continue
    }
    const { box: kept_box, observation } = keeper
    const failed = { kept_box, kept_score: observation.box_score, iou_above: model_nms_iou }
    const because = { reason: 'duplicate_of_annotator', rule: 'model_nms', failed }
    twins.push(rejectObservation(phrase, phrase.observation, because))
  }
  return { kept, twins }
}

function surestFirst(a: ObservedPhrase, b: ObservedPhrase): number {
  return b.observation.box_score - a.observation.box_score || b.score - a.score || compareObserved(a, b)
}

function observePhrase(
  source: Source,
  observation: GroundedPhraseObservation,
  { image, config, known }: PhraseQuestion & { readonly known: ReadonlySet<string> },
): ObservedPhrase | Reject {
  const { text, score, box_score } = observation
  const because = (reason: string, rule: string, failed: Record<string, unknown>) =>
    rejectObservation(source, observation, { reason, rule, failed })
  if (!known.has(text)) return because('text_not_agreed', 'phrase_region', { text })
  const outside = spanFault(text, observation)
  if (outside !== null) return rejectObservation(source, observation, outside)
  const place = placeOfPhrase(text, observation)
  const nothing = phraseFault(text, place, config)
  if (nothing !== null) return rejectObservation(source, observation, nothing)
  if (!(score >= config.phrase_score)) {
    return because('below_phrase_score', 'phrase_score', { score, lowest: config.phrase_score })
  }
  if (!(box_score >= config.phrase_box_score)) {
    return because('below_phrase_box_score', 'phrase_box_score', { box_score, lowest: config.phrase_box_score })
  }
  const box = clipToImage(observation.box, image)
  if (box === null) {
    const { width, height } = image
    return because('box_outside_image', 'valid_box', { box: observation.box, width, height })
  }
  const { annotator, family, human } = source
  return { annotator, family, human, observation, label: text.slice(place.start, place.end), score, box, place }
}
