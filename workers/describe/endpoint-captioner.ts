import pLimit from 'p-limit'
import { labelPhrase } from '../../schemas/vocabularies/index.js'
import { imagePart } from '../../src/models/endpoint/image-part.js'
import { openTextWriter, type WriterContext } from '../../src/models/endpoint/text-writer.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { throwIfAborted } from '../../src/storage/abort.js'
import type { CropCaptioner, CropText, RegionCrop } from './crop-captioner.js'
import type { DescribeOptions } from './describe-options.js'

const action = 'describing regions'

/**
 * Crops are described by a vision model behind an OpenAI-compatible endpoint. However many images are under way, no more
 * crops than requests may be are cut out and kept encoded. Throws FldError `config_invalid`.
 */
export function endpointCaptioner(context: WriterContext & { readonly options: DescribeOptions }): CropCaptioner {
  const { prompt, max_words, max_tokens, score, concurrency, longest_side, jpeg_quality } = context.options
  const writer = openTextWriter(context)
  const ofAllImages = pLimit(concurrency)
  const describeCrop = async (crop: RegionCrop, signal: AbortSignal): Promise<CropText> => {
    throwIfAborted(signal, action)
    const judged = await writer.write(
      {
        prompt: prompt.replaceAll('{label}', () => labelPhrase(crop.region.label).replace(/\s+/g, ' ').trim()),
        image: await imagePart(crop.raster, {
          box: crop.box,
          longestSide: longest_side,
          quality: jpeg_quality,
        }),
        maxWords: max_words,
        maxTokens: max_tokens,
      },
      { signal },
    )
    return judged.usable ? { ...judged, score } : judged
  }
  return {
    caption: (crops, { signal }) =>
      severalAtOnce(crops, { most: concurrency, signal, action }, (crop, either) =>
        ofAllImages(() => describeCrop(crop, either)),
      ),
    close: async () => writer.close(),
  }
}
