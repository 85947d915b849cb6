import type { RegionTextRow } from '../../../schemas/annotation.js'
import { labelPhrase } from '../../../schemas/vocabularies/index.js'
import type { AnnotatedImage } from './annotated-image.js'
import { type BoxItem, boxesAnswer, boxOf, byLabel, inReadingOrder, vocabularyAnswer } from './draft-items.js'
import type { SampleDraft } from './sample-draft.js'

/** The objects of an image that are one thing each, in reading order: a box around many teaches the wrong box. */
export function singleObjects({ region_text }: AnnotatedImage): RegionTextRow[] {
  return inReadingOrder(region_text.filter(({ kind, is_group }) => kind === 'object' && is_group !== true))
}

/** Detection, descriptions of regions and bare proposals: a sample each for the image as a whole, and one for each of its labels. */
export function objectDrafts(annotated: AnnotatedImage): SampleDraft<BoxItem>[] {
  const objects = singleObjects(annotated)
  const named = (label: (row: RegionTextRow) => string) =>
    objects.map((row) => ({ source: row.region_id, score: row.score, label: label(row), box: boxOf(row) }))
  const ofImage = { about: '', input: null, answer: boxesAnswer }
  const categories = byLabel(named(categoryOf))
  return [
    { ...ofImage, task: 'OD', labels: 'ascii', items: categories },
    { ...ofImage, task: 'DENSE_REGION_CAPTION', labels: 'ascii', items: byLabel(named((row) => row.chosen_text)) },
    { ...ofImage, task: 'REGION_PROPOSAL', labels: null, items: named(() => '') },
    ...[...new Set(categories.map(({ label }) => label))].map(
      (label): SampleDraft<BoxItem> => ({
        ...{ task: 'OPEN_VOCABULARY_DETECTION', about: label, input: label, labels: 'ascii', answer: vocabularyAnswer },
        items: categories.filter((item) => item.label === label),
      }),
    ),
  ]
}

/** An object's label as a person would say it. */
export function categoryOf({ label, phrase }: RegionTextRow): string {
  return labelPhrase(label ?? phrase)
}
