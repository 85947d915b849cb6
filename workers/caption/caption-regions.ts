import { z } from 'zod'
import type { RegionCaptionObservation } from '../../schemas/observation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { orAborted, throwIfAborted } from '../../src/storage/abort.js'
import { countedPhrase } from './noun-phrase.js'
import { describeScene } from './scene.js'

const doing = 'naming regions'

const regionOptionsSchema = z.object({}).strict()

/**
 * The template captioner of regions, which needs no weights: an agreed object's label with its size and colour where
 * they are clear, "a small black dog". It scores as the region does.
 */
export const captionRegions: AnnotatorModule<z.output<typeof regionOptionsSchema>> = {
  name: 'caption-regions',
  version: 1,
  resource: 'cpu',
  needs: 'regions',
  produces: ['region_caption'],
  options: regionOptionsSchema,
  async load() {
    return {
      async annotate(batch, { signal }) {
        const observations: RegionCaptionObservation[][] = []
        for (const input of batch) {
          throwIfAborted(signal, doing)
          observations.push(captionObjects(input, await orAborted(input.pixels(), signal, doing)))
        }
        return observations
      },
      async dispose() {},
    }
  },
}

function captionObjects({ regions }: AnnotatorInput, raster: Raster): RegionCaptionObservation[] {
  return describeScene(regions, raster)
    .groups.flatMap((group) => group.objects)
    .map(({ region: { region_id, score }, noun, adjectives }) => ({
      kind: 'region_caption',
      region_id,
      text: countedPhrase(noun, 1, adjectives),
      score,
    }))
}
