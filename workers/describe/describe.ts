import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { operationalEndpointOptions } from '../../src/models/endpoint/options.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { type DescribeOptions, describeOptionsSchema } from './describe-options.js'
import { describeRegions } from './describe-regions.js'
import { endpointCaptioner } from './endpoint-captioner.js'

/**
 * Says what each agreed object region shows: a vision model behind an OpenAI-compatible endpoint sees the region's crop
 * and nothing else, so that its words are a second opinion on the label (FLD-5B, arXiv 2311.06242, section 4: the brief
 * text of a region is the caption of its crop).
 */
export const describe: AnnotatorModule<DescribeOptions> = {
  name: 'describe',
  version: 1,
  resource: 'io',
  needs: 'regions',
  produces: ['region_caption', 'rejected_text'],
  options: describeOptionsSchema,
  operational: operationalEndpointOptions,
  async load(context) {
    const { options } = context
    const captioner = endpointCaptioner(context)
    return {
      annotate: (batch, { signal }) =>
        severalAtOnce(batch, { most: options.concurrency, signal, action: 'describing regions' }, (image, either) =>
          describeRegions(captioner, image, { ...options, signal: either }),
        ),
      dispose: () => captioner.close(),
    }
  },
}
