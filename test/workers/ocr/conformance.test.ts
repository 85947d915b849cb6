import { describeAnnotatorConformance } from '../../annotate/annotator-conformance.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { imageInput, loadOcr, ppocrFiles, testSessions } from './ppocr.js'

const photographs = [
  'photos/text/mmocr_toy/demo/demo_text_det.jpg',
  'photos/skimage/page.png',
  'photos/skimage/text.png',
]

describeWithReference('the ocr annotator', photographs, () => {
  describeAnnotatorConformance('ocr', async () => {
    const sessions = testSessions()
    return {
      annotator: await loadOcr(await ppocrFiles(), sessions),
      images: await Promise.all(photographs.map((path) => imageInput(referencePath(path)))),
      vocabulary: null,
      close: () => sessions.close(),
    }
  })
})
