import type { AgreedText } from '../../../schemas/annotation.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { countWords } from '../../../schemas/count-words.js'
import { type CaptionPhrase, granularities } from '../../../schemas/observation.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import type { Reject } from '../reject.js'
import { type DecidedImage, distinct, type Source } from '../source.js'
import { canBeParsed, parseFault, type TextFault, wordFault } from './filters/text-faults.js'
import { withoutNearDuplicates } from './near-duplicates.js'
import { parseText } from './parse-text.js'
import type { NounPhrase, ParsedText } from './parsed-text.js'
import { type BorneOut, compareRank } from './text-ranking.js'
import { textSimilarities } from './text-similarities.js'
import { checkSupport, type Evidence, type TextSupport, textEvidence } from './text-support.js'
import { type WrittenText, writtenTexts } from './written-texts.js'

/** A text of one granularity, who stands behind it and what it names. */
export interface DecidedText extends WrittenText {
  readonly text_id: string
  /** Words, by Unicode word segmentation. */
  readonly tokens: number
  /** Who wrote these very words; `support` and `families` also have those whose near-duplicate it stands for. */
  readonly writers: readonly string[]
  /** Null for a text in a language that the parser does not know. */
  readonly parsed: ParsedText | null
  /** The parser's; `phrases` are those that captioners named, with their regions. */
  readonly noun_phrases: readonly NounPhrase[]
  /** Canonical labels of what it names, sorted; null where it was not parsed. */
  readonly labels: readonly string[] | null
  /** Those of them that nothing seen bears out; null where nobody asked. */
  readonly unsupported_labels: readonly string[] | null
  /** To the image; null where none was measured. */
  readonly similarity: number | null
}

export interface TextQuestion {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  readonly config: ConsensusConfig
  /** The agreed regions for the final decision; null while annotators are still to be asked, similarity among them. */
  readonly regions: readonly DecidedRegion[] | null
}

/** A text with all that it is judged by. */
type JudgedText = Omit<DecidedText, 'text_id'> & { readonly borne_out: BorneOut }

/**
 * The texts of an image: by granularity, then from the best down, ids `<image_id>/brief0`, `/brief1`, `/detailed0`... The
 * same text from several annotators is one text with more support. What describes nothing, loops, refuses, is in another
 * language, names too much or says too little is rejected, then in a final decision what names things that nothing bears out,
 * then what a better text says already, whose support grows by it, and finally what is beyond the number to keep. Before the
 * final decision later stages are shown all the others. Pure; the order of sources does not matter.
 */
export function decideTexts(question: TextQuestion): { texts: DecidedText[]; rejects: Reject[] } {
  const written = writtenTexts(question.sources)
  const similarities = textSimilarities(
    question.sources,
    written.map(({ text }) => text),
  )
  const { sources, regions, config } = question
  const evidence = regions === null ? null : textEvidence({ sources, regions, config })
  const texts: DecidedText[] = []
  const rejects: Reject[] = []
  for (const granularity of granularities) {
    const judged: JudgedText[] = []
    for (const text of written.filter((each) => each.granularity === granularity)) {
      const similarity = similarities.get(text.text) ?? null
      const found = judgeText(text, { similarity, evidence, config })
      if ('rule' in found) rejects.push(rejectText(text, found))
      else judged.push(found)
    }
    const chosen = chooseTexts(judged, question)
    texts.push(...chosen.texts)
    rejects.push(...chosen.rejects)
  }
  return { texts, rejects }
}

/** A text as the annotators of later stages see it: with the phrases that captioners named, and those of the parser beside them. */
export function agreedText({ granularity, text, phrases, noun_phrases }: DecidedText): AgreedText {
  const own = noun_phrases
    .filter(({ start, end }) => !phrases.some((named) => start < named.end && named.start < end))
    .map(({ start, end }): CaptionPhrase => ({ start, end, region_ids: [] }))
  return { granularity, text, phrases: [...phrases, ...own].sort((a, b) => a.start - b.start || a.end - b.end) }
}

/** What a text is judged by; without evidence nobody asks what bears it out. */
interface Judgement {
  readonly similarity: number | null
  readonly evidence: Evidence | null
  readonly config: ConsensusConfig
}

function judgeText(text: WrittenText, { similarity, evidence, config }: Judgement): JudgedText | TextFault {
  const broken = wordFault(text.text, config)
  if (broken !== null) return broken
  const parsed = canBeParsed(text.text, config) ? parseText(text.text) : null
  const fault = parsed === null ? null : parseFault(text, parsed, config)
  if (fault !== null) return fault
  const labels = parsed === null ? null : distinct(parsed.phrases.flatMap(({ label }) => label ?? []))
  const support =
    labels === null || evidence === null
      ? null
      : checkSupport({ labels, human: text.human }, { evidence, similarity, config })
  if (support?.fault) return support.fault
  return {
    ...text,
    tokens: countWords(text.text),
    writers: text.support,
    parsed,
    noun_phrases: parsed?.phrases ?? [],
    labels,
    unsupported_labels: support?.unsupported ?? null,
    similarity,
    borne_out: borneOut(support),
  }
}

function borneOut(support: TextSupport | null): BorneOut {
  if (support === null) return { things: 0, of: 0 }
  const { checkable, unsupported } = support
  return { things: checkable.length - unsupported.length, of: checkable.length }
}

/** Of the texts of one granularity those that stay, the best first. */
function chooseTexts(
  judged: readonly JudgedText[],
  { image, config, regions }: TextQuestion,
): { texts: DecidedText[]; rejects: Reject[] } {
  // What a person wrote stands for what machines say nearly the same, however they rank.
  const preferred = [...judged].sort((a, b) => Number(b.human) - Number(a.human) || compareRank(a, b))
  const { kept, duplicates } = withoutNearDuplicates(preferred, config.near_duplicate)
  const texts = kept
    .map((text) => {
      const said = [text, ...duplicates.filter((each) => each.kept === text).map((each) => each.text)]
      const support = distinct(said.flatMap((each) => each.support))
      return { ...text, support, families: distinct(said.flatMap((each) => each.families)) }
    })
    .sort(compareRank)
    .map(({ borne_out: _, ...text }, rank) => ({
      ...text,
      text_id: `${image.image_id}/${text.granularity}${rank}`,
    }))
  const most = (text: DecidedText) => config.texts_per_granularity[text.granularity]
  const stay = regions === null ? texts : texts.filter((text, rank) => rank < most(text))
  const idOf = new Map(stay.map(({ text, text_id }) => [text, text_id]))
  const rejects = duplicates.map(({ text, kept: { text: better }, in_common }) => {
    // A text that is beyond the number to keep has no id that anything could name.
    const failed = { in_common, highest: config.near_duplicate, kept: idOf.get(better) ?? null, kept_text: better }
    return rejectText(text, { reason: 'near_duplicate', rule: 'near_duplicate', failed })
  })
  const over = texts.slice(stay.length).map((text, index) => {
    const failed = { rank: stay.length + index, most: most(text) }
    return rejectText(text, { reason: 'over_limit', rule: 'texts_per_granularity', failed })
  })
  return { texts: stay, rejects: [...rejects, ...over] }
}

function rejectText({ support, families, score, observations }: WrittenText, fault: TextFault): Reject {
  return {
    kind: 'text',
    stage: 'consensus',
    ...fault,
    support: [...support],
    votes: families.length,
    score,
    payload: { observations: observations.map(({ annotator, observation }) => ({ annotator, ...observation })) },
  }
}
