import { FldError } from '../errors.js'
import { coco80 } from './coco80.js'
import { objects365 } from './objects365.js'
import { voc21 } from './voc21.js'

export { canonicalLabel, normaliseLabel } from './canonical-label.js'
export { coco80 } from './coco80.js'
export { labelTable } from './label-table.js'
export { objects365 } from './objects365.js'
export { voc21 } from './voc21.js'

const vocabularies: Readonly<Record<string, readonly string[]>> = { coco80, objects365, voc21 }

/** What labels a detector can say, in the order of its classes. Throws FldError `config_invalid` naming those there are. */
export function vocabulary(name: string): readonly string[] {
  const found = Object.hasOwn(vocabularies, name) ? vocabularies[name] : undefined
  if (found !== undefined) return found
  const available = Object.keys(vocabularies).sort()
  throw new FldError('config_invalid', `There is no vocabulary "${name}". Available: ${available.join(', ')}.`, {
    details: { vocabulary: name, available },
  })
}
