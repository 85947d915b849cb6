import type { AnnotatorModule } from '../src/annotate/contract.js'
import { caption } from './caption/index.js'
import { detect } from './detect/index.js'
import { ocr } from './ocr/index.js'

/** Every kind of annotator there is, by the name that model packs use. */
export const annotatorRegistry: ReadonlyMap<string, AnnotatorModule> = new Map<string, AnnotatorModule>(
  [detect, ocr, caption].map((module) => [module.name, module as AnnotatorModule]),
)
