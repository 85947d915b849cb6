import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { type SimilarityOptions, similarityOptionsSchema } from './options.js'
import { loadSimilarity } from './similarity.js'

/** Says how near the decided texts are to the image, and the candidate texts of a region to its crop. */
export const similarity: AnnotatorModule<SimilarityOptions> = {
  name: 'similarity',
  version: 1,
  resource: 'cpu',
  needs: 'texts',
  produces: ['similarity'],
  options: similarityOptionsSchema,
  operational: ['batch'],
  load: loadSimilarity,
}
