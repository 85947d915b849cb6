import { entryVocabulary } from '../../../schemas/entry-vocabulary.js'
import { loadAnnotator } from '../../../src/annotate/load-annotator.js'
import { loadPackEntry } from '../../../src/models/packs/pack-file.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { pullOptionsFrom } from '../../../src/models/packs/pull-options.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { detect } from '../../../workers/detect/index.js'
import { describeAnnotatorConformance } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { goldenFolder, goldenPhotos, readGolden } from './reference-detectors.js'

// The detectors that a fresh machine has, as the pack configures them, on photographs.
describeWithReference('the starter pack', [goldenFolder], () => {
  for (const name of ['nanodet', 'centernet']) {
    describeAnnotatorConformance(`starter/${name}`, async () => {
      const { entry } = await loadPackEntry(`starter/${name}`)
      const files = await pullEntry(entry, await pullOptionsFrom(process.env, process.cwd()))
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      return {
        annotator: await loadAnnotator({ entry, registry: new Map([[detect.name, detect]]), files, sessions }),
        images: await goldenPhotos(await readGolden('yolox-nano')),
        vocabulary: entryVocabulary(entry),
        close: () => sessions.close(),
      }
    })
  }
})
