import { imagePart } from '../../src/models/endpoint/image-part.js'
import { openTextWriter, type WriterContext } from '../../src/models/endpoint/text-writer.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import type { CropCaptioner } from './crop-captioner.js'
import type { DescribeOptions } from './describe-options.js'

/** Crops are described by a vision model behind an OpenAI-compatible endpoint. Throws FldError `config_invalid`. */
export function endpointCaptioner(context: WriterContext & { readonly options: DescribeOptions }): CropCaptioner {
  const { prompt, max_words, max_tokens, score, concurrency, longest_side, jpeg_quality } = context.options
  const writer = openTextWriter(context)
  return {
    caption: (crops, { signal }) =>
      severalAtOnce(crops, { most: concurrency, signal, action: 'describing regions' }, async (crop, either) => {
        const judged = await writer.write(
          {
            prompt: prompt.replaceAll('{label}', () => crop.region.label.replace(/\s+/g, ' ').trim()),
            image: await imagePart(crop.raster, {
              box: crop.box,
              longestSide: longest_side,
              quality: jpeg_quality,
            }),
            maxWords: max_words,
            maxTokens: max_tokens,
          },
          { signal: either },
        )
        return judged.usable ? { ...judged, score } : judged
      }),
    close: async () => writer.close(),
  }
}
