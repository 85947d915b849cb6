import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import type { Box } from '../../schemas/geometry.js'
import {
  type CaptionObservation,
  type CaptionPhrase,
  type Observation,
  rejectedTextObservationSchema,
} from '../../schemas/observation.js'
import type { ObservationRow } from '../../schemas/tables.js'

/** The cells that an observation fills; the others of its row are null. */
export type ObservationCells = Partial<ObservationRow> & Pick<ObservationRow, 'kind'>

/** A row's cells before an observation fills some of them. */
export const noCells = {
  label: null,
  is_group: null,
  text: null,
  granularity: null,
  score: null,
  box_score: null,
  x1: null,
  y1: null,
  x2: null,
  y2: null,
  quad: null,
  phrase_starts: null,
  phrase_ends: null,
  phrase_offsets: null,
  phrase_regions: null,
  region_id: null,
  start: null,
  end: null,
  cosine: null,
  stability: null,
  polygon_points: null,
  polygon_rings: null,
  rle: null,
  reason: null,
  failed: null,
} as const

/** An observation as cells of its row. */
export function cellsOf(observation: Observation): ObservationCells {
  switch (observation.kind) {
    case 'object':
    case 'proposed_region':
    case 'grounded_phrase': {
      const { box, ...cells } = observation
      return { ...cells, ...boxCells(box) }
    }
    case 'text_region': {
      const { box, quad, ...cells } = observation
      return { ...cells, quad: [...quad], ...boxCells(box) }
    }
    case 'caption':
      return captionCells(observation)
    case 'mask': {
      const { polygon_points, polygon_rings, ...cells } = observation
      return { ...cells, polygon_points: [...polygon_points], polygon_rings: [...polygon_rings] }
    }
    case 'rejected_text':
      return { ...observation, failed: JSON.stringify(observation.failed) }
    default:
      return observation
  }
}

function boxCells([x1, y1, x2, y2]: Box) {
  return { x1, y1, x2, y2 }
}

function captionCells({ kind, granularity, text, score, phrases }: CaptionObservation): ObservationCells {
  const phrase_regions: string[] = []
  const phrase_offsets = phrases.map(({ region_ids }) => phrase_regions.push(...region_ids) - region_ids.length)
  const phrase_starts = phrases.map(({ start }) => start)
  const phrase_ends = phrases.map(({ end }) => end)
  return { kind, granularity, text, score, phrase_starts, phrase_ends, phrase_offsets, phrase_regions }
}

/** The observation that a row holds. Throws FldError `store_corrupt` naming `source`, the image and what is missing. */
export function observationOf(row: ObservationRow, source: string): Observation {
  const has = <Field extends keyof ObservationRow>(field: Field) => cell(row, field, source)
  const score = has('score')
  switch (row.kind) {
    case 'object':
      return {
        kind: 'object',
        label: has('label'),
        score,
        box: boxOf(row, source),
        ...(row.is_group === null ? {} : { is_group: row.is_group }),
      }
    case 'text_region': {
      const quad = has('quad')
      if (quad.length !== 8) throw corrupt(row, source, `its quad has ${quad.length} numbers and not 8`)
      const box = boxOf(row, source)
      return { kind: 'text_region', text: has('text'), score, box_score: has('box_score'), quad, box }
    }
    case 'image_text':
      return { kind: 'image_text', text: has('text'), score }
    case 'proposed_region':
      return { kind: 'proposed_region', box: boxOf(row, source), text: row.text, score }
    case 'caption':
      return {
        kind: 'caption',
        granularity: has('granularity'),
        text: has('text'),
        score,
        phrases: phrasesOf(row, source),
      }
    case 'grounded_phrase': {
      const span = { text: has('text'), start: has('start'), end: has('end') }
      return { kind: 'grounded_phrase', ...span, score, box_score: has('box_score'), box: boxOf(row, source) }
    }
    case 'region_caption':
      return { kind: 'region_caption', region_id: has('region_id'), text: has('text'), score }
    case 'mask': {
      const rings = { polygon_points: has('polygon_points'), polygon_rings: has('polygon_rings') }
      const mask = { stability: row.stability, ...rings, rle: has('rle') }
      return { kind: 'mask', region_id: has('region_id'), score, ...mask }
    }
    case 'similarity':
      return { kind: 'similarity', region_id: row.region_id, text: has('text'), score, cosine: has('cosine') }
    case 'rejected_text':
      return rejectedText(row, source)
    default:
      throw corrupt(row, source, `its kind is ${row.kind}`)
  }
}

function rejectedText(row: ObservationRow, source: string): Observation {
  try {
    const { kind, granularity, region_id, text, reason, score } = row
    const failed: unknown = JSON.parse(row.failed ?? '')
    return rejectedTextObservationSchema.parse({ kind, granularity, region_id, text, reason, failed, score })
  } catch (thrown) {
    const what = thrown instanceof z.ZodError ? z.prettifyError(thrown) : 'its values are no JSON'
    throw corrupt(row, source, what)
  }
}

function boxOf(row: ObservationRow, source: string): [number, number, number, number] {
  return [cell(row, 'x1', source), cell(row, 'y1', source), cell(row, 'x2', source), cell(row, 'y2', source)]
}

function phrasesOf(row: ObservationRow, source: string): CaptionPhrase[] {
  const starts = cell(row, 'phrase_starts', source)
  const ends = cell(row, 'phrase_ends', source)
  const offsets = cell(row, 'phrase_offsets', source)
  const regions = cell(row, 'phrase_regions', source)
  if (ends.length !== starts.length || offsets.length !== starts.length) {
    throw corrupt(row, source, 'its lists of phrases differ in length')
  }
  return starts.map((start, phrase) => ({
    start,
    end: ends[phrase] ?? start,
    region_ids: regions.slice(offsets[phrase], offsets[phrase + 1]),
  }))
}

/** A cell that the row's kind must fill. */
export function cell<Field extends keyof ObservationRow>(
  row: ObservationRow,
  field: Field,
  source: string,
): NonNullable<ObservationRow[Field]> {
  const value = row[field]
  if (value === null) throw corrupt(row, source, `a row of kind ${row.kind} has no ${field}`)
  return value
}

function corrupt(row: ObservationRow, source: string, what: string): FldError {
  return new FldError('store_corrupt', `${source}: image ${row.image_id}: ${what}`)
}
