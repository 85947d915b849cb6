import { FldError } from '../../schemas/errors.js'
import type { AnnotatorModule } from './contract.js'

/** The kinds of annotators there are, by name. */
export type AnnotatorRegistry = ReadonlyMap<string, AnnotatorModule>

/** The module a pack's entry asks for. Throws FldError `annotator_unknown` that lists what there is. */
export function annotatorModule(registry: AnnotatorRegistry, name: string, askedBy: string): AnnotatorModule {
  const module = registry.get(name)
  if (module) return module
  const known = [...registry.keys()].sort().join(', ')
  throw new FldError('annotator_unknown', `${askedBy} asks for annotator "${name}"; there are: ${known}`, {
    details: { annotator: name, askedBy },
  })
}
