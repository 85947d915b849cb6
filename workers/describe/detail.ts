import type { Observation } from '../../schemas/observation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../src/annotate/contract.js'
import { imagePart } from '../../src/models/endpoint/image-part.js'
import { operationalEndpointOptions } from '../../src/models/endpoint/options.js'
import { openTextWriter, type TextWriter } from '../../src/models/endpoint/text-writer.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted } from '../../src/storage/abort.js'
import { type DetailGranularity, type DetailOptions, detailOptionsSchema } from './detail-options.js'
import { detailPrompt } from './detail-prompt.js'

/**
 * Writes the detailed texts of an image: a language model behind an OpenAI-compatible endpoint is told the brief text,
 * the regions and the text that was read, and sees the image if it has eyes (FLD-5B, arXiv 2311.06242, section 4:
 * detailed texts come from a language model prompted with existing texts and regions).
 */
export const detail: AnnotatorModule<DetailOptions> = {
  name: 'detail',
  version: 1,
  resource: 'io',
  needs: 'texts',
  produces: ['caption', 'rejected_text'],
  options: detailOptionsSchema,
  operational: operationalEndpointOptions,
  async load(context) {
    const { options } = context
    const writer = openTextWriter(context)
    return {
      annotate: (batch, { signal }) =>
        severalAtOnce(batch, { most: options.concurrency, signal, action: 'writing detailed texts' }, (image, either) =>
          writeTexts(writer, image, options, either),
        ),
      dispose: async () => writer.close(),
    }
  },
}

async function writeTexts(
  writer: TextWriter,
  image: AnnotatorInput,
  options: DetailOptions,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { vision, max_words, prompt_tokens, longest_side, jpeg_quality } = options
  const asked = options.granularities.flatMap((granularity) => {
    const maxWords = max_words[granularity]
    const prompt = detailPrompt(image, { granularity, vision, promptTokens: prompt_tokens, maxWords })
    return prompt === null ? [] : [{ granularity, prompt, maxWords }]
  })
  if (asked.length === 0) return []
  const picture = vision
    ? await imagePart(await orAborted(image.pixels(), signal, 'decoding an image'), {
        longestSide: longest_side,
        quality: jpeg_quality,
      })
    : null
  const observations: Observation[] = []
  for (const { granularity, prompt, maxWords } of asked) {
    const task = { prompt, image: picture, maxWords, maxTokens: options.max_tokens }
    observations.push(observationOf(granularity, await writer.write(task, { signal }), options.score))
  }
  return observations
}

function observationOf(
  granularity: DetailGranularity,
  judged: Awaited<ReturnType<TextWriter['write']>>,
  score: number,
): Observation {
  if (judged.usable) return { kind: 'caption', granularity, text: judged.text, score, phrases: [] }
  const { text, reason, failed } = judged
  return { kind: 'rejected_text', granularity, region_id: null, text, reason, failed, score: 0 }
}
