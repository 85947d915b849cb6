import { FldError } from '../../schemas/errors.js'
import type {
  CaptionObservation,
  CaptionPhrase,
  ImageObservations,
  ObjectObservation,
  Observation,
  TextRegionObservation,
} from '../../schemas/observation.js'
import type { ObservationRow } from '../../schemas/tables.js'

/** The rows of an observation file. An image listed twice, or with both a failure and observations, is refused. */
export function observationRows(images: readonly ImageObservations[]): ObservationRow[] {
  const seen = new Set<string>()
  return images.flatMap((image) => {
    if (seen.has(image.image_id)) throw contradiction(image.image_id, 'is listed twice')
    seen.add(image.image_id)
    return imageRows(image)
  })
}

/** The images of an observation file, in the order of its rows. Throws FldError `store_corrupt` naming `source`. */
export function imagesOfRows(rows: readonly ObservationRow[], source: string): ImageObservations[] {
  const images = new Map<string, { image_id: string; observations: Observation[]; failure: string | null }>()
  for (const row of rows) {
    const { image_id } = row
    const image = images.get(image_id) ?? { image_id, observations: [], failure: null }
    images.set(image_id, image)
    if (row.kind === 'failure') image.failure = cell(row, 'text', source)
    else if (row.kind !== 'none') image.observations.push(observationOf(row, source))
  }
  return [...images.values()]
}

function imageRows({ image_id, observations, failure }: ImageObservations): ObservationRow[] {
  if (failure !== null) {
    if (observations.length > 0) throw contradiction(image_id, 'has both a failure and observations')
    return [{ ...emptyRow, image_id, kind: 'failure', text: failure }]
  }
  if (observations.length === 0) return [{ ...emptyRow, image_id, kind: 'none' }]
  return observations.map((observation) => ({ ...emptyRow, image_id, ...cellsOf(observation) }))
}

const emptyRow = {
  label: null,
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
} as const

type Cells = Partial<ObservationRow> & Pick<ObservationRow, 'kind'>

function cellsOf(observation: Observation): Cells {
  switch (observation.kind) {
    case 'object':
      return objectCells(observation)
    case 'text_region':
      return textRegionCells(observation)
    case 'caption':
      return captionCells(observation)
  }
}

function objectCells({ kind, label, score, box: [x1, y1, x2, y2] }: ObjectObservation): Cells {
  return { kind, label, score, x1, y1, x2, y2 }
}

function textRegionCells({ kind, text, score, box_score, quad, box }: TextRegionObservation): Cells {
  const [x1, y1, x2, y2] = box
  return { kind, text, score, box_score, quad: [...quad], x1, y1, x2, y2 }
}

function captionCells({ kind, granularity, text, score, phrases }: CaptionObservation): Cells {
  const phrase_regions: string[] = []
  const phrase_offsets = phrases.map(({ region_ids }) => phrase_regions.push(...region_ids) - region_ids.length)
  const phrase_starts = phrases.map(({ start }) => start)
  const phrase_ends = phrases.map(({ end }) => end)
  return { kind, granularity, text, score, phrase_starts, phrase_ends, phrase_offsets, phrase_regions }
}

function observationOf(row: ObservationRow, source: string): Observation {
  const score = cell(row, 'score', source)
  switch (row.kind) {
    case 'object':
      return { kind: 'object', label: cell(row, 'label', source), score, box: boxOf(row, source) }
    case 'text_region': {
      const quad = cell(row, 'quad', source)
      if (quad.length !== 8) throw corrupt(row, source, `its quad has ${quad.length} numbers and not 8`)
      const text = cell(row, 'text', source)
      const box_score = cell(row, 'box_score', source)
      return { kind: 'text_region', text, score, box_score, quad, box: boxOf(row, source) }
    }
    case 'caption': {
      const granularity = cell(row, 'granularity', source)
      return { kind: 'caption', granularity, text: cell(row, 'text', source), score, phrases: phrasesOf(row, source) }
    }
    default:
      throw corrupt(row, source, `its kind is ${row.kind}`)
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

function cell<Field extends keyof ObservationRow>(
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

function contradiction(imageId: string, what: string): FldError {
  return new FldError('internal', `observations: image ${imageId} ${what}`)
}
