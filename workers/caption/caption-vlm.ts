import type { Observation } from '../../schemas/observation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'
import { imagePart } from '../../src/models/endpoint/image-part.js'
import { operationalEndpointOptions } from '../../src/models/endpoint/options.js'
import { openTextWriter, type TextWriter } from '../../src/models/endpoint/text-writer.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted } from '../../src/storage/abort.js'
import { askedByDefault, type VlmOptions, vlmOptionsSchema } from './vlm-options.js'

/** Captions of whole images by a vision model behind an OpenAI-compatible endpoint, which is told nothing else. */
export const captionVlm: AnnotatorModule<VlmOptions> = {
  name: 'caption-vlm',
  version: 1,
  resource: 'io',
  needs: 'image',
  produces: ['caption', 'rejected_text'],
  options: vlmOptionsSchema,
  operational: operationalEndpointOptions,
  async load(context) {
    const { options } = context
    const writer = openTextWriter(context)
    return {
      annotate: (batch, { signal }) =>
        severalAtOnce(batch, { most: options.concurrency, signal, action: 'captioning images' }, (image, either) =>
          captionImage(writer, image, options, either),
        ),
      dispose: async () => writer.close(),
    }
  },
}

async function captionImage(
  writer: TextWriter,
  image: AnnotatorInput,
  options: VlmOptions,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { granularity, score, longest_side, jpeg_quality } = options
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  const judged = await writer.write(
    {
      prompt: options.prompt ?? askedByDefault[granularity].prompt,
      image: await imagePart(raster, { longestSide: longest_side, quality: jpeg_quality }),
      maxWords: options.max_words ?? askedByDefault[granularity].maxWords,
      maxTokens: options.max_tokens,
    },
    { signal },
  )
  if (judged.usable) return [{ kind: 'caption', granularity, text: judged.text, score, phrases: [] }]
  const { text, reason, failed } = judged
  return [{ kind: 'rejected_text', granularity, region_id: null, text, reason, failed, score: 0 }]
}
