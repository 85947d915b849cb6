import { z } from 'zod'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'

const toneOptions = z
  .object({
    /** The annotator's name, for whoever judges what it is shown. */
    called: z.string().default(''),
    /** Images whose red mean lies at one of these values cannot be done. */
    poison: z.array(z.number()).default([]),
    /** Images of these tones end the process at once: for workers of processes of their own. */
    deadly: z.array(z.number()).default([]),
    /** Images of these tones never come to an end. */
    endless: z.array(z.number()).default([]),
    /** Cannot do anything. */
    broken: z.boolean().default(false),
  })
  .strict()
type ToneOptions = z.output<typeof toneOptions>

/** An annotator without weights that looks at pixels: one object per image, labelled by its tone. */
export function toneAnnotator(
  shown: string[],
  gate?: () => Promise<void>,
  judge?: (red: number, annotator: string) => void,
): AnnotatorModule<ToneOptions> {
  const annotateOne = async (image: AnnotatorInput, options: ToneOptions) => {
    await gate?.()
    shown.push(image.image_id)
    const { data, width, height } = await image.pixels()
    const red = data[0] ?? 0
    judge?.(red, options.called)
    if (options.deadly.includes(red)) process.kill(process.pid, 'SIGKILL')
    if (options.endless.includes(red)) await new Promise(() => undefined)
    if (options.broken || options.poison.includes(red)) throw new Error(`cannot do an image of tone ${red}`)
    const label = red > 127 ? 'cat' : 'dog'
    return [{ kind: 'object' as const, label, score: 0.9, box: [1, 1, width - 1, height - 1] as const }]
  }
  return {
    name: 'tone',
    version: 1,
    resource: 'cpu',
    needs: 'image',
    produces: ['object'],
    options: toneOptions,
    load: async ({ options }) => ({
      annotate: async (batch) => Promise.all(batch.map((image) => annotateOne(image, options))),
      dispose: async () => undefined,
    }),
  }
}
