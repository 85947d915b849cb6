import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { similarity } from '../../../workers/similarity/index.js'
import { describeAnnotatorConformance } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import {
  briefTexts,
  readGolden,
  referenceContext,
  referenceImage,
  referenceModels,
  referenceNeeds,
} from './reference-models.js'

describeWithReference('similarity', referenceNeeds, () => {
  for (const name of referenceModels) {
    describeAnnotatorConformance(`${name} by similarity`, async () => {
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      const { images, texts } = await readGolden(name)
      const region = { kind: 'object', label: 'cat', box: [20.5, 30, 90, 120.25], quad: null, score: 0.5 } as const
      const decided = {
        ...briefTexts(texts),
        regions: [
          { ...region, region_id: 'r1' },
          { ...region, region_id: 'r2', box: [150, 10, 170, 200] as const },
        ],
        regionTexts: [{ region_id: 'r1', texts: ['cat', 'a cat'] }],
      }
      return {
        annotator: await similarity.load(await referenceContext(name, sessions, { batch: 3 })),
        images: await Promise.all(images.map((image) => referenceImage(image, decided))),
        vocabulary: null,
        close: () => sessions.close(),
      }
    })
  }
})
