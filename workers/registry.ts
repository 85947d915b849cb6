import type { AnnotatorModule } from '../src/annotate/contract.js'
import { caption, captionRegions, captionVlm } from './caption/index.js'
import { describe, detail } from './describe/index.js'
import { detect } from './detect/index.js'
import { florence2, florence2Regions, florence2Texts } from './florence2/index.js'
import { ground } from './ground/index.js'
import { ocr } from './ocr/index.js'
import { segment } from './segment/index.js'
import { similarity } from './similarity/index.js'

const modules = [
  ...[detect, ocr, caption, captionRegions, captionVlm, describe, detail, ground, segment, similarity],
  ...[florence2, florence2Regions, florence2Texts],
]

/** Every kind of annotator there is, by the name that model packs use. */
export const annotatorRegistry: ReadonlyMap<string, AnnotatorModule> = new Map<string, AnnotatorModule>(
  modules.map((module) => [module.name, module as AnnotatorModule]),
)
