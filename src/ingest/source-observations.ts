import type { ImageObservations, ObjectObservation, Observation } from '../../schemas/observation.js'
import { type SourceAnnotator, sourceAnnotators } from '../../schemas/source-annotators.js'
import type { LabelledBox, SourceLabels } from './sources/source.js'

interface ImageSize {
  readonly width: number
  readonly height: number
}

/** What each of a source's annotators says about one image; a list is null where the source has nothing of its kind. */
export type SourceSays = Readonly<Record<SourceAnnotator['annotator'], readonly Observation[] | null>>

/** The source's labels of one image as observations, and what had to be left out. */
export interface SourceObservations {
  readonly said: SourceSays
  readonly notes: readonly string[]
}

/** Half of a surrogate pair, as a text that was cut in the middle of a character ends with, cannot be stored. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** The box cut to the image; null where nothing of it lies inside, or it has no area, or is not made of numbers. */
function clipBox({ box }: LabelledBox, { width, height }: ImageSize): ObjectObservation['box'] | null {
  const [x1, y1, x2, y2] = box
  if (!box.every(Number.isFinite) || x2 <= x1 || y2 <= y1) return null
  const clipped = [Math.max(0, x1), Math.max(0, y1), Math.min(width, x2), Math.min(height, y2)] as const
  return clipped[2] > clipped[0] && clipped[3] > clipped[1] ? clipped : null
}

/** Null where nobody looked for objects, or where what they drew is of another picture. */
function objectsOf(labels: SourceLabels, size: ImageSize): { objects: ObjectObservation[] | null; notes: string[] } {
  const { boxes, drawn_on: drawn } = labels
  if (boxes === null) return { objects: null, notes: [] }
  if (boxes.length > 0 && drawn !== null && (drawn.width !== size.width || drawn.height !== size.height)) {
    const was = `${drawn.width} x ${drawn.height}`
    const left = `labels: ${boxes.length} boxes left out: drawn on ${was}, the image is ${size.width} x ${size.height}`
    return { objects: null, notes: [left] }
  }
  const objects = boxes.flatMap((labelled): ObjectObservation[] => {
    const box = clipBox(labelled, size)
    if (box === null) return []
    const group = labelled.is_group === true ? { is_group: true } : {}
    return [{ kind: 'object', label: wellFormed(labelled.label), score: 1, box, ...group }]
  })
  const lost = boxes.length - objects.length
  if (lost === 0) return { objects, notes: [] }
  return { objects, notes: [`labels: ${lost} of ${boxes.length} boxes left out: no area inside the image`] }
}

/** Brief captions; null without any. */
function captionsOf(said: readonly string[]): Observation[] | null {
  const texts = said.map((text) => wellFormed(text).replace(/\s+/g, ' ').trim()).filter((text) => text !== '')
  if (texts.length === 0) return null
  return [...new Set(texts)].map((text) => ({ kind: 'caption', granularity: 'brief', text, score: 1, phrases: [] }))
}

/**
 * What the source says about an image as observations of its annotators: of `source` the objects with score 1, boxes cut
 * to the image, one around many told as a group; of `source_captions` the captions and of `alt_text` the alternative text,
 * as brief captions. Labels that cannot be used are left out with a note.
 * A list is null where nothing is known, which is another thing than that nothing is there.
 */
export function sourceObservations(labels: SourceLabels, size: ImageSize): SourceObservations {
  const { objects, notes } = objectsOf(labels, size)
  return {
    said: {
      source: objects,
      source_captions: captionsOf(labels.captions),
      alt_text: captionsOf(labels.alt_text === null ? [] : [labels.alt_text]),
    },
    notes: [...labels.notes.map((note) => `labels: ${note}`), ...notes],
  }
}

/** What is said by each annotator of a source about the images of one shard. */
export type ShardSays = Readonly<Record<SourceAnnotator['annotator'], ImageObservations[]>>

/** Nothing said yet. */
export function noObservations(): ShardSays {
  return { source: [], source_captions: [], alt_text: [] }
}

/** Adds what is said about an image: each observation once, as rows that repeat an image repeat its labels as well. */
export function addObservations(shard: ShardSays, image_id: string, said: SourceSays): void {
  for (const { annotator } of sourceAnnotators) {
    const observations = said[annotator]
    if (observations === null) continue
    const images = shard[annotator]
    const at = images.findIndex((each) => each.image_id === image_id)
    const known = images[at]?.observations ?? []
    images[at < 0 ? images.length : at] = {
      image_id,
      observations: distinctObservations([...known, ...observations]),
      failure: null,
    }
  }
}

/** In the order of their first appearance. */
function distinctObservations(observations: readonly Observation[]): Observation[] {
  return [...new Map(observations.map((observation) => [JSON.stringify(observation), observation])).values()]
}
