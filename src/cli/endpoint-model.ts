import type { PackEntry } from '../../schemas/pack.js'
import { captionVlm } from '../../workers/caption/index.js'
import { describe, detail } from '../../workers/describe/index.js'

/** The annotators that ask a model of an endpoint for it by name. */
const askingAnnotators: ReadonlySet<string> = new Set([captionVlm.name, describe.name, detail.name])

/**
 * An entry with FLD_ENDPOINT_MODEL as its model, where it asks an endpoint and names no model itself; else the entry as
 * it is. To be done before a run is planned: which model wrote a text is a part of the annotator's digest.
 */
export function withEndpointModel(entry: PackEntry, model: string | undefined): PackEntry {
  if (model === undefined || !askingAnnotators.has(entry.annotator) || entry.options.model !== undefined) return entry
  return { ...entry, options: { ...entry.options, model } }
}
