import type { TextRow } from '../../../schemas/annotation.js'
import type { Florence2Task } from '../../../schemas/florence2/tasks.js'
import type { Granularity } from '../../../schemas/observation.js'
import type { AnnotatedImage } from './annotated-image.js'
import { type BoxItem, boxesAnswer, boxOf, linesAnswer } from './draft-items.js'
import type { SampleDraft } from './sample-draft.js'

const captionTasks: Readonly<Record<Granularity, Florence2Task>> = {
  brief: 'CAPTION',
  detailed: 'DETAILED_CAPTION',
  more_detailed: 'MORE_DETAILED_CAPTION',
}

/** One sample for each text of the image. */
export function captionDrafts({ text }: AnnotatedImage): SampleDraft[] {
  return text.map((row): SampleDraft => {
    const { text_id, granularity, score } = row
    const items = [{ source: text_id, score, label: row.text }]
    const task = captionTasks[granularity]
    return { task, about: nameOf(row), input: null, labels: 'text', items, answer: linesAnswer, text_id, granularity }
  })
}

/** One sample for each text with grounded phrases: the phrases as they follow each other, each with all its boxes. */
export function groundingDrafts({ text, phrase_region }: AnnotatedImage): SampleDraft<BoxItem>[] {
  return text.map((row): SampleDraft<BoxItem> => {
    const { text_id, granularity } = row
    const items = phrase_region
      .filter((each) => each.text_id === text_id)
      .sort((a, b) => a.start - b.start || a.end - b.end || a.y1 - b.y1 || a.x1 - b.x1)
      .map((each) => ({ source: each.region_id, score: each.score, label: each.phrase, box: boxOf(each) }))
    const about = nameOf(row)
    const task = 'CAPTION_TO_PHRASE_GROUNDING'
    return {
      ...{ task, about, input: row.text, labels: 'grounded', items, answer: boxesAnswer, text_id, granularity },
    }
  })
}

/** Of a text within its image: `brief0`. */
function nameOf({ text_id }: TextRow): string {
  return text_id.slice(text_id.lastIndexOf('/') + 1)
}
