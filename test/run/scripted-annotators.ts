import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Observation, observationSchema } from '../../schemas/observation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'

const says = z.array(observationSchema)

/** An annotator that says of every image what its options hold. */
export const scripted: AnnotatorModule<{ says: Observation[] }> = {
  name: 'scripted',
  version: 1,
  resource: 'cpu',
  needs: 'image',
  produces: ['object', 'caption'],
  options: z.strictObject({ says }),
  load: async ({ options }) => ({
    annotate: async (batch) => batch.map(() => options.says),
    dispose: async () => undefined,
  }),
}

/** What a scripted checkpoint says: its config.json. */
export const scriptSchema = z.object({
  image: says,
  /** Descriptions of regions by their label. */
  regions: z.record(z.string(), z.string()),
  /** Boxes of phrases, of every text that has them. */
  phrases: z.record(z.string(), z.tuple([z.number(), z.number(), z.number(), z.number()])),
})
export type Script = z.infer<typeof scriptSchema>

/** Florence-2's three annotators over a checkpoint whose config.json is a script; `judge` may throw over an image. */
export function scriptedCheckpoint(judge: (image: string) => void = () => undefined): AnnotatorModule[] {
  const module = (
    name: string,
    needs: AnnotatorModule['needs'],
    answer: (script: Script, input: AnnotatorInput) => Observation[],
  ): AnnotatorModule => ({
    ...{
      name,
      needs,
      version: 1,
      resource: 'cpu',
      produces: ['object', 'caption', 'region_caption', 'grounded_phrase'],
    },
    options: z.strictObject({ tasks: z.array(z.string()) }),
    load: async ({ files }) => {
      const script = scriptSchema.parse(JSON.parse(await readFile(files.get('config.json') ?? '', 'utf8')))
      return {
        annotate: async (batch) =>
          batch.map((input) => {
            judge(input.image_id)
            return answer(script, input)
          }),
        dispose: async () => undefined,
      }
    },
  })
  return [
    module('florence2', 'image', ({ image }) => image),
    module('florence2Regions', 'regions', ({ regions: told }, { regions }) =>
      regions.flatMap(({ region_id, label }): Observation[] => {
        const text = told[label]
        return text === undefined ? [] : [{ kind: 'region_caption', region_id, text, score: 0.8 }]
      }),
    ),
    module('florence2Texts', 'texts', ({ phrases }, { texts }) =>
      texts.flatMap(({ text }) =>
        Object.entries(phrases).flatMap(([phrase, box]): Observation[] => {
          const start = text.indexOf(phrase)
          const end = start + phrase.length
          return start < 0 ? [] : [{ kind: 'grounded_phrase', text, start, end, score: 0.7, box_score: 0.7, box }]
        }),
      ),
    ),
  ]
}
