import { FldError } from '../../schemas/errors.js'
import type { ImageObservations, Observation } from '../../schemas/observation.js'
import type { ObservationRow } from '../../schemas/tables.js'
import { cell, cellsOf, noCells, observationOf } from './observation-cells.js'

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
    return [{ ...noCells, image_id, kind: 'failure', text: failure }]
  }
  if (observations.length === 0) return [{ ...noCells, image_id, kind: 'none' }]
  return observations.map((observation) => ({ ...noCells, image_id, ...cellsOf(observation) }))
}

function contradiction(imageId: string, what: string): FldError {
  return new FldError('internal', `observations: image ${imageId} ${what}`)
}
