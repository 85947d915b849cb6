import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { loadQuestioned } from './ask-questions.js'
import { operationalOptions } from './decoding-options.js'
import { imageQuestions } from './image-tasks.js'
import {
  type ImageOptions,
  imageOptionsSchema,
  type RegionOptions,
  regionOptionsSchema,
  type TextOptions,
  textOptionsSchema,
} from './options.js'
import { regionQuestions } from './region-tasks.js'
import { textQuestions } from './text-tasks.js'

/** What the three have in common: one checkpoint each, in the file layout of Transformers.js. */
const florence = { version: 1, resource: 'cpu', operational: operationalOptions } as const

/**
 * Florence-2 (Xiao et al. 2023, arXiv 2311.06242) asked about the image alone: captions, text that it reads, objects,
 * described and bare regions.
 */
export const florence2: AnnotatorModule<ImageOptions> = {
  ...florence,
  name: 'florence2',
  needs: 'image',
  produces: ['caption', 'image_text', 'text_region', 'object', 'proposed_region', 'rejected_text'],
  options: imageOptionsSchema,
  load: (context) => loadQuestioned(context, imageQuestions),
}

/** Florence-2 asked about the regions that were agreed on: what they are and show, what they say, their outlines. */
export const florence2Regions: AnnotatorModule<RegionOptions> = {
  ...florence,
  name: 'florence2Regions',
  needs: 'regions',
  produces: ['region_caption', 'text_region', 'mask', 'rejected_text'],
  options: regionOptionsSchema,
  load: (context) => loadQuestioned(context, regionQuestions),
}

/** Florence-2 asked where the phrases of the image's texts are. */
export const florence2Texts: AnnotatorModule<TextOptions> = {
  ...florence,
  name: 'florence2Texts',
  needs: 'texts',
  produces: ['grounded_phrase', 'rejected_text'],
  options: textOptionsSchema,
  load: (context) => loadQuestioned(context, textQuestions),
}
