import { z } from 'zod'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import { FldError } from '../../schemas/errors.js'
import type { PackEntry } from '../../schemas/pack.js'
import { onProvider } from '../models/sessions/tensor.js'
import type { Annotator, AnnotatorModule, LoadContext } from './contract.js'
import { type AnnotatorRegistry, annotatorModule } from './registry.js'

/** What a process offers its annotators, whichever they are. */
export type AnnotatorSurroundings = Pick<LoadContext<unknown>, 'sessions' | 'endpoint' | 'cacheFolder'>

/** What `loadAnnotator` needs besides the entry. */
export interface LoadOptions extends AnnotatorSurroundings {
  readonly entry: PackEntry
  readonly registry: AnnotatorRegistry
  /** Local paths of the entry's model files, by their path in the pack. */
  readonly files: ReadonlyMap<string, string>
}

/**
 * The options of an entry, checked and completed by its annotator's schema. Throws FldError `config_invalid` that names
 * the entry and the key.
 */
export function annotatorOptions(module: AnnotatorModule, entry: PackEntry): unknown {
  const parsed = module.options.safeParse(entry.options, { error: namesAllowedKeys })
  if (parsed.success) return parsed.data
  throw new FldError('config_invalid', `options of annotator "${entry.name}": ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
    details: { annotator: entry.name },
  })
}

/** Loads the annotator that an entry describes. Throws as `annotatorOptions`, `annotatorModule` and the module's own load. */
export async function loadAnnotator(options: LoadOptions): Promise<Annotator> {
  const { entry, registry, files, sessions, ...surroundings } = options
  const module = annotatorModule(registry, entry.annotator, `entry "${entry.name}"`)
  return module.load({
    options: annotatorOptions(module, entry),
    files,
    vocabulary: entryVocabulary(entry),
    sessions: onProvider(sessions, entry.provider),
    ...surroundings,
  })
}
