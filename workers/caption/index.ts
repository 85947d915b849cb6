import type { CaptionObservation, Granularity, Observation } from '../../schemas/observation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { orAborted, throwIfAborted } from '../../src/storage/abort.js'
import type { CaptionText } from './caption-text.js'
import { briefCaption, detailedCaption, moreDetailedCaption } from './compose.js'
import { type CaptionOptions, captionOptionsSchema } from './options.js'
import { describeScene } from './scene.js'

export { captionRegions } from './caption-regions.js'
export { captionVlm } from './caption-vlm.js'

const doing = 'composing captions'

/**
 * The template captioner: the baseline specialist that needs no weights. It says in plain English (American spelling,
 * as in the captions that Florence-2 learned from) what consensus agreed on: counts, places, clear sizes and colours,
 * relations that boxes leave little doubt about, and the text that was read. Every noun phrase keeps its regions, and
 * every agreed object is in a phrase of the more detailed text. Where nothing was agreed on there is at most a brief
 * text about the look of the whole image, and no longer one: it would have to invent what to say.
 */
export const caption: AnnotatorModule<CaptionOptions> = {
  name: 'caption',
  version: 1,
  resource: 'cpu',
  needs: 'regions',
  produces: ['caption'],
  options: captionOptionsSchema,
  async load({ options }) {
    return {
      async annotate(batch, { signal }) {
        const observations: Observation[][] = []
        for (const input of batch) {
          throwIfAborted(signal, doing)
          observations.push(captionImage(input, await orAborted(input.pixels(), signal, doing), options))
        }
        return observations
      },
      async dispose() {},
    }
  },
}

function captionImage(input: AnnotatorInput, raster: Raster, options: CaptionOptions): CaptionObservation[] {
  const scene = describeScene(input.regions, raster)
  const scores = new Map(input.regions.map((region) => [region.region_id, region.score]))
  const texts: [Granularity, CaptionText | null][] = [
    ['brief', briefCaption(scene, options)],
    ['detailed', detailedCaption(scene, options)],
    ['more_detailed', moreDetailedCaption(scene, options)],
  ]
  return texts.flatMap(([granularity, text]) =>
    text === null ? [] : [{ kind: 'caption', granularity, score: meanScore(text, scores), ...text } as const],
  )
}

/** The mean score of the regions that a text speaks of; 1 for a text about pixels alone. */
function meanScore(text: CaptionText, scores: ReadonlyMap<string, number>): number {
  const spoken = new Set(text.phrases.flatMap((phrase) => phrase.region_ids))
  if (spoken.size === 0) return 1
  return [...spoken].reduce((sum, id) => sum + (scores.get(id) ?? 0), 0) / spoken.size
}
