import type { AnnotatorModule, LoadContext } from '../../../src/annotate/contract.js'
import { describe, detail } from '../../../workers/describe/index.js'
import {
  type AnnotatorUnderTest,
  describeAnnotatorConformance,
  rasterInput,
} from '../../annotate/annotator-conformance.js'
import { startChatServer } from '../../servers/chat-server.js'
import { briefText, noSessions, type Paint, painted, region } from '../painted-images.js'

async function underTest<Options>(
  module: AnnotatorModule<Options>,
  options: Record<string, unknown> = {},
): Promise<AnnotatorUnderTest> {
  const server = await startChatServer()
  const context: LoadContext<Options> = {
    options: module.options.parse({ model: 'vlm', retry_pause_ms: 1, ...options }),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
    endpoint: { url: server.url, key: null },
  }
  const annotator = await module.load(context)
  return {
    annotator,
    images: [picture('first', 'red', 'dog'), picture('second', 'blue', 'boat'), picture('third', 'black', 'cat')],
    vocabulary: null,
    close: async () => {
      await annotator.dispose()
      await server.close()
    },
  }
}

function picture(image_id: string, paint: Paint, label: string) {
  const raster = painted(160, 120, 'white', [{ box: [20, 20, 100, 100], paint }])
  const regions = [region('r1', label, [20, 20, 100, 100]), region('r2', 'wall', [100, 0, 160, 120], { score: 0.5 })]
  return rasterInput(image_id, raster, { regions, texts: [briefText(`a ${label}`)] })
}

describeAnnotatorConformance('describe', () => underTest(describe))
describeAnnotatorConformance('detail', () => underTest(detail))
