import type { PipelineRecipe } from '../schemas/pipeline.js'
import { cocoSmall } from './coco-small.js'
import { starter } from './starter.js'

/** The recipes that come with the engine, by name. */
export const pipelines: ReadonlyMap<string, PipelineRecipe> = new Map(
  [starter, cocoSmall].map((recipe) => [recipe.name, recipe]),
)
