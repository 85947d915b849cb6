import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { refusalReasons } from '../../schemas/image.js'
import { type CheckedImage, checkImage, type Refusal } from './check-image.js'
import { isNamedLikeImage } from './file-extension.js'
import type { IngestSettings } from './settings.js'
import { sniffFormat } from './sniff-format.js'
import type { SourceItem } from './sources/source.js'

/** What became of one item of the source, before duplicates are looked for. */
export interface ExaminedItem {
  readonly item: SourceItem
  readonly result: CheckedImage | Refusal | { readonly kind: 'ignored' }
}

const refusalDetails = z.object({ reason: z.enum(refusalReasons), bytes: z.number().nullable() })

/** The refusal that a source threw for one item; null for an error that is not the item's own. */
function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof FldError) || error.code !== 'image_refused') return null
  const details = refusalDetails.safeParse(error.details)
  return details.success ? { kind: 'refused', ...details.data, detail: error.message, sha256: null } : null
}

async function examine(item: SourceItem, settings: IngestSettings): Promise<ExaminedItem['result']> {
  const claimed = item.listed || isNamedLikeImage(item.name)
  if (!claimed && sniffFormat(await item.head()) === null) return { kind: 'ignored' }
  return checkImage(await item.read(), { name: item.name, limits: settings })
}

/**
 * Reads and checks one item. A file that neither looks like a picture nor is named like one, nor listed as one, is
 * ignored; what is wrong with the file itself is a refusal; any other error is thrown.
 */
export async function examineItem(item: SourceItem, settings: IngestSettings): Promise<ExaminedItem> {
  try {
    return { item, result: await examine(item, settings) }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    return { item, result: refusal }
  }
}
