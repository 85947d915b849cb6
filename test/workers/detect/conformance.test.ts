import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { describeAnnotatorConformance } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import {
  coco80,
  goldenPhotos,
  loadReferenceDetector,
  type ReferenceDetector,
  readGolden,
  referenceDetectors,
  referenceNeeds,
} from './reference-detectors.js'

describeWithReference('detect', referenceNeeds, () => {
  for (const name of Object.keys(referenceDetectors) as ReferenceDetector[]) {
    describeAnnotatorConformance(name, async () => {
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      return {
        annotator: await loadReferenceDetector(name, sessions),
        images: await goldenPhotos(await readGolden(name)),
        vocabulary: await coco80(),
        close: () => sessions.close(),
      }
    })
  }
})
