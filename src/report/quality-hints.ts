import { granularities } from '../../schemas/observation.js'
import type { RunPlan } from '../../schemas/run.js'
import type { TypeStatistics } from './annotation-statistics.js'
import { percent, ratio, whole } from './document.js'
import { publishedSemantics, publishedStatistics } from './fld5b.js'
import type { RunReport } from './report-figures.js'
import type { GranularitySemantics } from './text-semantics.js'

type Figures = Pick<RunReport, 'summary' | 'annotations' | 'semantics' | 'agreement' | 'rejects' | 'sources'>

/** A figure is far from FLD-5B's beyond this factor, up or down. */
const farFactor = 2

/** Regions with a single supporter that are worth a word, of all. */
const manySingleVotes = 0.5

/**
 * What stands out in a run beside FLD-5B, in words, with the reason where the run tells it. Nothing here is a judgement
 * of single annotations: a run over other pictures may well differ.
 */
export function qualityHints(plan: RunPlan, figures: Figures): string[] {
  const { summary } = figures
  if (summary.images === 0) return ['No image is committed yet: there is nothing to compare.']
  return [
    ...openHints(figures),
    ...absentHints(plan, figures),
    ...textHints(plan, figures),
    ...regionHints(plan, figures),
    ...tripletHints(plan, figures),
    ...figures.semantics.flatMap(semanticHints),
    ...voteHints(figures),
  ]
}

function openHints({ summary }: Figures): string[] {
  if (summary.state === 'complete') return []
  const failed = summary.failed.length === 0 ? '' : `, ${summary.failed.length} shards failed`
  return [
    `The round is not closed: ${summary.committed} of ${summary.shards ?? 'an unknown number of'} shards are here${failed}.`,
  ]
}

function absentHints(plan: RunPlan, { summary, sources }: Figures): string[] {
  const absent = Object.entries(summary.absent).map(([name, shards]) => {
    const reason = plan.left_out[name]
    return `${name} is absent in ${shards} of ${summary.committed} shards${reason === undefined ? '' : `: ${reason}`}.`
  })
  const silent = sources
    .filter(({ shards, observations }) => shards > 0 && Object.keys(observations).every((kind) => kind === 'none'))
    .map(({ annotator }) => `${annotator} said nothing about any image.`)
  return [...absent, ...silent]
}

function textHints(plan: RunPlan, { annotations, rejects, sources }: Figures): string[] {
  const stopped = rejects.reduce((sum, { observed }) => sum + (observed.caption ?? 0), 0)
  const said = sources.flatMap(({ annotator, observations }) => ((observations.caption ?? 0) > 0 ? [annotator] : []))
  const writers = [...new Set([...producersOf(plan, 'caption'), ...said])]
  return granularities.flatMap((granularity) => {
    const ours = annotations.find(({ type }) => type === `text ${granularity}`)
    if (ours === undefined) return []
    const name = granularity.replace('_', ' ')
    if (ours.image_annotations > 0) {
      return far(`words in ${name} texts`, ours.tokens, publishedStatistics[ours.type].tokens)
    }
    if (writers.length === 0) return [`No ${name} texts: no annotator of this run writes texts.`]
    const because = stopped === 0 ? 'and none was rejected' : `and ${whole(stopped)} texts of any kind were rejected`
    return [`No ${name} texts: none came through from ${writers.join(', ')}, ${because}.`]
  })
}

function regionHints(plan: RunPlan, { annotations, summary, sources }: Figures): string[] {
  const pairs = annotations.find(({ type }) => type === 'region_text phrase')
  const captions = annotations.find(({ type }) => type === 'region_text brief')
  const writers = producersOf(plan, 'region_caption')
  const missing =
    writers.length === 0
      ? 'No captions of regions: no annotator of this run writes them.'
      : `No captions of regions: none came through from ${writers.join(', ')}${stoppedBy(sources, writers)}.`
  const uncaptioned = captions?.image_annotations === 0 && (pairs?.image_annotations ?? 0) > 0 ? [missing] : []
  if (pairs === undefined) return uncaptioned
  const bare = summary.images - pairs.image_annotations
  const theirs = publishedStatistics[pairs.type]
  return [
    ...(bare > summary.images / farFactor
      ? [`${whole(bare)} of ${whole(summary.images)} images have no region (${percent(bare, summary.images)}).`]
      : []),
    ...far('regions per image that has any', pairs.regions_per_annotation, theirs.regions_per_annotation),
    ...uncaptioned,
  ]
}

function tripletHints(plan: RunPlan, { annotations, rejects }: Figures): string[] {
  const [stopped] = rejects.filter(({ kind }) => kind === 'phrase')
  const grounders = producersOf(plan, 'grounded_phrase')
  return granularities.flatMap((granularity) => {
    const texts = annotations.find(({ type }) => type === `text ${granularity}`)
    const ours = annotations.find(({ type }) => type === `triplet ${granularity}`)
    if (ours === undefined || texts === undefined || texts.image_annotations === 0) return []
    const name = granularity.replace('_', ' ')
    if (ours.image_annotations > 0) return farTriplets(ours, name)
    if (stopped !== undefined) {
      return [`No triplets of ${name} texts: phrases were rejected, ${whole(stopped.count)} as ${stopped.reason}.`]
    }
    if (grounders.length === 0) return [`No triplets of ${name} texts: no annotator of this run grounds phrases.`]
    return [`No triplets of ${name} texts: no phrase that ${grounders.join(', ')} grounded came through.`]
  })
}

function farTriplets(ours: TypeStatistics, name: string): string[] {
  const theirs = publishedStatistics[ours.type]
  return far(`regions per ${name} text with triplets`, ours.regions_per_annotation, theirs.regions_per_annotation)
}

function semanticHints({ granularity, texts, measures }: GranularitySemantics): string[] {
  if (texts === 0) return []
  const name = granularity.replace('_', ' ')
  const unknown = measures.filter(({ mean }) => mean === null).map(({ measure }) => measure.replace('_', ' '))
  const known = measures.flatMap(({ measure, mean }) =>
    far(`${measure.replace('_', ' ')} per ${name} text`, mean, publishedSemantics[granularity][measure]),
  )
  return [
    ...(unknown.length === 0
      ? []
      : [`Not known of ${name} texts: ${unknown.join(', ')}; they were not parsed for it.`]),
    ...known,
  ]
}

function voteHints({ agreement }: Figures): string[] {
  const { object } = agreement.votes
  const all = Object.values(object).reduce((sum, count) => sum + count, 0)
  const single = object['1'] ?? 0
  if (all === 0 || single / all <= manySingleVotes) return []
  return [`${percent(single, all)} of the agreed objects have one vote: they passed without anyone else seeing them.`]
}

/** What stopped most of what these annotators said, where anything did. */
function stoppedBy(sources: Figures['sources'], names: readonly string[]): string {
  const counts = sources
    .filter(({ annotator }) => names.includes(annotator))
    .flatMap(({ rejected }) => Object.entries(rejected))
  const [most] = counts.sort(([, a], [, b]) => b - a)
  return most === undefined ? '' : `; ${whole(most[1])} were stopped by ${most[0]}`
}

function producersOf({ annotators }: RunPlan, kind: string): string[] {
  return annotators.filter(({ produces }) => produces.includes(kind)).map(({ name }) => name)
}

function far(what: string, ours: number | null, theirs: number | null): string[] {
  if (ours === null || theirs === null) return []
  const times = ratio(ours, theirs)
  if (times === null || (times <= farFactor && times >= 1 / farFactor)) return []
  const amount = times > 1 ? `${times.toFixed(1)} times FLD-5B's` : `${percent(ours, theirs)} of FLD-5B's`
  return [`${what[0]?.toUpperCase()}${what.slice(1)}: ${ours.toFixed(2)}, ${amount} ${theirs.toFixed(2)}.`]
}
