import type { RegionTextRow } from '../../../schemas/annotation.js'
import { boxLocations } from '../../../schemas/florence2/quantizer.js'
import type { Florence2Task } from '../../../schemas/florence2/tasks.js'
import type { AnnotatedImage } from './annotated-image.js'
import {
  boxOf,
  inLineOrder,
  linesAnswer,
  outlinesAnswer,
  outlinesOf,
  type QuadItem,
  quadsAnswer,
} from './draft-items.js'
import { categoryOf, singleObjects } from './object-drafts.js'
import type { DraftItem, SampleDraft } from './sample-draft.js'

/** The texts that stand in an image: all lines, and all with their corners. */
export function readingDrafts({ region_text }: AnnotatedImage): [SampleDraft, SampleDraft<QuadItem>] {
  const lines = inLineOrder(region_text.filter(({ kind }) => kind === 'text'))
  const items = lines.map((row) => ({
    ...{ source: row.region_id, score: row.score, label: row.phrase },
    quad: row.quad ?? [row.x1, row.y1, row.x2, row.y1, row.x2, row.y2, row.x1, row.y2],
  }))
  const ofImage = { about: '', input: null, labels: 'text', items } as const
  return [
    { ...ofImage, task: 'OCR', answer: linesAnswer },
    { ...ofImage, task: 'OCR_WITH_REGION', answer: quadsAnswer },
  ]
}

/**
 * What is asked about one region: its category, its description where somebody described it, the text that stands in it.
 * The answer repeats the region behind its words, as the released checkpoints do.
 */
export function regionDrafts(annotated: AnnotatedImage): SampleDraft[] {
  const texts = annotated.region_text.filter(({ kind }) => kind === 'text')
  return [
    ...singleObjects(annotated).flatMap((row) => [
      about(annotated, row, { task: 'REGION_TO_CATEGORY', words: categoryOf(row) }),
      ...(row.brief_text === null
        ? []
        : [about(annotated, row, { task: 'REGION_TO_DESCRIPTION', words: row.brief_text })]),
    ]),
    ...texts.map((row) => about(annotated, row, { task: 'REGION_TO_OCR', words: row.phrase })),
  ]
}

function about(
  { image }: AnnotatedImage,
  row: RegionTextRow,
  { task, words }: { task: Florence2Task; words: string },
): SampleDraft {
  const region = boxLocations(boxOf(row), image)
  const answer = (items: readonly DraftItem[]) => ({
    kind: 'text' as const,
    text: items.map(({ label }) => label).join('\n') + region,
  })
  const items = [{ source: row.region_id, score: row.score, label: words }]
  return { task, about: nameOf(row), input: region, labels: 'text', items, answer }
}

/** Of a region within its image: `o-0300b59325`. */
function nameOf({ region_id }: RegionTextRow): string {
  return region_id.slice(region_id.lastIndexOf('/') + 1)
}

/** Masks: of a region, and of the regions that a phrase stands for. */
export function maskDrafts(annotated: AnnotatedImage): SampleDraft[] {
  return [...regionMasks(annotated), ...phraseMasks(annotated)]
}

function regionMasks(annotated: AnnotatedImage): SampleDraft[] {
  const { image } = annotated
  return singleObjects(annotated).flatMap((row) => {
    const polygons = outlinesOf(row, image)
    if (polygons.length === 0) return []
    const item = { source: row.region_id, score: row.score, label: '', polygons }
    const input = boxLocations(boxOf(row), image)
    const answer = () => outlinesAnswer([item])
    return [{ task: 'REGION_TO_SEGMENTATION', about: nameOf(row), input, labels: null, items: [item], answer }]
  })
}

/** A phrase that regions with masks and regions without stand for: no answer of masks would be whole. */
export function halfMasked(annotated: AnnotatedImage): { readonly phrase: string; readonly source: string }[] {
  return [...phraseOutlines(annotated)].flatMap(([phrase, regions]) => {
    const bare = regions.filter(({ polygons }) => polygons.length === 0)
    return bare.length === regions.length ? [] : bare.map(({ source }) => ({ phrase, source }))
  })
}

interface RegionOutline {
  readonly source: string
  readonly score: number
  /** None where the region has no mask. */
  readonly polygons: readonly number[][]
}

/** A phrase may stand in several texts of an image: all regions that it stands for, once. */
function phraseOutlines({ image, phrase_region }: AnnotatedImage): Map<string, RegionOutline[]> {
  const phrases = new Map<string, RegionOutline[]>()
  for (const row of phrase_region) {
    const regions = phrases.get(row.phrase) ?? []
    const { region_id: source, score } = row
    if (regions.every((each) => each.source !== source)) {
      regions.push({ source, score, polygons: outlinesOf(row, image) })
    }
    phrases.set(row.phrase, regions)
  }
  return phrases
}

/** Each phrase is asked for once, where all regions that it stands for have masks. */
function phraseMasks(annotated: AnnotatedImage): SampleDraft[] {
  return [...phraseOutlines(annotated)].flatMap(([phrase, regions]): SampleDraft[] => {
    if (regions.some(({ polygons }) => polygons.length === 0)) return []
    const items = regions.map((region) => ({ ...region, label: '' }))
    const shapes = new Map(items.map((item) => [item.source, item]))
    const answer = (kept: readonly DraftItem[]) =>
      outlinesAnswer(kept.flatMap(({ source }) => shapes.get(source) ?? []))
    const task = 'REFERRING_EXPRESSION_SEGMENTATION'
    return [{ task, about: phrase, input: phrase, labels: null, items, answer }]
  })
}
