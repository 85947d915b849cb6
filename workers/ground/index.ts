import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { loadGroundingDino } from './grounding-dino.js'
import { type GroundOptions, groundOptionsSchema } from './options.js'
import { loadOwlv2 } from './owlv2.js'

/**
 * Finds the boxes of a text's phrases: Grounding DINO reads the whole text, OWLv2 is asked for the phrases that are
 * known (or for objects by name). Files as Transformers.js repositories have them: one graph, config.json,
 * preprocessor_config.json, tokenizer.json, tokenizer_config.json. Images without texts have no observations.
 */
export const ground: AnnotatorModule<GroundOptions> = {
  name: 'ground',
  version: 1,
  resource: 'cpu',
  needs: 'texts',
  produces: ['grounded_phrase', 'object'],
  options: groundOptionsSchema,
  operational: ['model_batch', 'queries_per_run'],
  load: ({ options, ...context }) =>
    options.model === 'owlv2' ? loadOwlv2({ ...context, options }) : loadGroundingDino({ ...context, options }),
}
