import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { Box } from '../../../schemas/geometry.js'
import { voc21 } from '../../../schemas/vocabularies/index.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { segment } from '../../../workers/segment/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { boxSam2Files } from './box-sam2.js'
import { cocoNeeds, trueRegions } from './coco-regions.js'
import { deepLabPath, loadDeepLab } from './deeplab.js'
import { loadSamPack, samNeeds, samPicture } from './sam-pack.js'

const boxes: readonly Box[] = [
  [20, 30, 150, 200],
  [0, 0, 90, 120],
  [60, 100, 120.5, 160.25],
]
const regions = boxes.map((box, index): AgreedRegion => {
  return { region_id: `r${index}`, kind: index === 2 ? 'phrase' : 'object', label: 'thing', box, quad: null, score: 1 }
})

describeWithReference('segment with SAM', samNeeds, () => {
  describeAnnotatorConformance('SAM', async () => {
    const sessions = createSessionHost({ threads: 1, sessions: 2 })
    return {
      annotator: await loadSamPack(sessions),
      images: await Promise.all(['d1-landscape.png', 'd2-portrait.png'].map((name) => samPicture(name, { regions }))),
      vocabulary: null,
      close: () => sessions.close(),
    }
  })
})

describeAnnotatorConformance('SAM 2', async () => {
  const sessions = createSessionHost({ threads: 1, sessions: 2 })
  const options = segment.options.parse({ model: 'sam2' })
  return {
    annotator: await segment.load({ options, files: await boxSam2Files(), vocabulary: null, sessions }),
    images: [200, 240].map((side) => {
      return rasterInput(`${side}`, { width: side, height: side, data: new Uint8Array(side * side * 3) }, { regions })
    }),
    vocabulary: null,
    close: () => sessions.close(),
  }
})

describeWithReference('segment with DeepLab', [deepLabPath, ...cocoNeeds], () => {
  describeAnnotatorConformance('DeepLab', async () => {
    const sessions = createSessionHost({ threads: 1, sessions: 2 })
    const photographs = await trueRegions(['cat', 'dog'], 32 * 32)
    return {
      annotator: await loadDeepLab(sessions),
      images: photographs.map(({ input }) => input).slice(0, 3),
      vocabulary: voc21,
      close: () => sessions.close(),
    }
  })
})
