import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { caption } from '../../../workers/caption/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { noSessions } from '../painted-images.js'

function plainImage(image_id: string, colour: readonly [number, number, number]): AnnotatorInput {
  const [width, height] = [64, 48]
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < data.length; at += 3) data.set(colour, at)
  const raster: Raster = { width, height, data }
  const dog = { region_id: 'r1', kind: 'object', label: 'dog', box: [4, 4, 30, 40], quad: null, score: 0.8 } as const
  const sign = { ...dog, region_id: 'r2', kind: 'text', label: 'EXIT', box: [40, 4, 60, 12] } as const
  const regions: AgreedRegion[] = image_id === 'first' ? [dog, sign] : [dog]
  return rasterInput(image_id, raster, { regions })
}

describeAnnotatorConformance('caption', async () => {
  const annotator = await caption.load({
    options: caption.options.parse({}),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
  })
  const images = [plainImage('first', [200, 20, 20]), plainImage('second', [20, 20, 60])]
  return { annotator, images, vocabulary: null, close: () => annotator.dispose() }
})
