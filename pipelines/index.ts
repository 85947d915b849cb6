import type { PipelineRecipe } from '../schemas/pipeline.js'
import { cocoSmall } from './coco-small.js'
import { fld5b } from './fld5b.js'
import { florence2 } from './florence2.js'
import { starter } from './starter.js'

/** The recipes that come with the engine, by name. */
export const pipelines: ReadonlyMap<string, PipelineRecipe> = new Map(
  [starter, cocoSmall, fld5b, florence2].map((recipe) => [recipe.name, recipe]),
)
