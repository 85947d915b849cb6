import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'

const labelConfig = z.object({ label: z.string() })

/** An annotator whose model is a file with one label: it says that of the upper left of every image. */
export function labelAnnotator(shown: string[], gate?: () => Promise<void>): AnnotatorModule<Record<string, never>> {
  return {
    name: 'florence2',
    version: 1,
    resource: 'cpu',
    needs: 'image',
    produces: ['object'],
    options: z.strictObject({}),
    load: async ({ files }) => {
      const { label } = labelConfig.parse(JSON.parse(await readFile(files.get('config.json') ?? '', 'utf8')))
      const annotateOne = async ({ image_id, width, height }: AnnotatorInput) => {
        await gate?.()
        shown.push(image_id)
        return [{ kind: 'object' as const, label, score: 0.9, box: [1, 1, width / 2, height / 2] as const }]
      }
      return { annotate: async (batch) => Promise.all(batch.map(annotateOne)), dispose: async () => undefined }
    },
  }
}
