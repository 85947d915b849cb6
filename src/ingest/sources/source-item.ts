import { basename } from 'node:path'
import type { FldError } from '../../../schemas/errors.js'
import type { ItemOptions, SourceItem, SourceLabels } from './source.js'
import type { SourceFile } from './source-file.js'

/** The item of a file; see `SourceItem` for `listed` and `labels`. */
export function fileItem(
  file: SourceFile,
  { limit, signal }: ItemOptions,
  { listed, labels }: { listed: boolean; labels: SourceLabels | null },
): SourceItem {
  return {
    source: file.uri,
    name: file.name,
    listed,
    labels,
    read: () => file.read({ limit, signal }),
    head: () => file.head({ signal }),
  }
}

/** An item that is refused already: `refusal` is of `refusedItem`. */
export function refusedSourceItem(source: string, refusal: FldError): SourceItem {
  const refuse = (): Promise<Uint8Array> => Promise.reject(refusal)
  return { source, name: basename(source), listed: true, labels: null, read: refuse, head: refuse }
}
