import { posix } from 'node:path'
import { FldError } from '../../../schemas/errors.js'
import { folderOf, type Locations } from './locations.js'
import { type ManifestFields, readLabels } from './row-labels.js'
import { shownReference } from './shown-reference.js'
import type { ImageSource, ItemOptions, SourceItem, SourceKind, SourceLabels } from './source.js'
import type { SourceFile } from './source-file.js'
import { fileItem, refusedSourceItem } from './source-item.js'

/** One image that a manifest names. */
export interface ManifestRow {
  /** Path, relative to the manifest's folder or absolute, or s3:// uri. */
  readonly reference: string
  readonly labels: SourceLabels | null
}

export interface SignalOption {
  readonly signal?: AbortSignal | undefined
}

export interface ManifestOptions {
  readonly kind: SourceKind
  /** Absolute path or s3:// uri of the manifest. */
  readonly uri: string
  readonly labelled: boolean
  readonly locations: Locations
  /** The rows, read anew at each call; throws FldError `source_invalid` naming file and line. */
  rows(options: SignalOption): AsyncIterable<ManifestRow>
  /** Where relative references start, where it is not the manifest's own folder. */
  readonly folder?: (options: SignalOption) => Promise<string>
  readonly close?: () => Promise<void>
}

/** The error of a manifest that cannot be read at a line. */
export function invalidRow(uri: string, line: number, fault: string, cause?: unknown): FldError {
  return new FldError('source_invalid', `${uri}, line ${line}: ${fault}`, { cause, details: { line } })
}

/** A row of named fields: `path` or `uri`, and labels (see `readLabels`). Throws FldError `source_invalid`. */
export function rowOf(fields: ManifestFields, uri: string, line: number): ManifestRow {
  const given = ['path', 'uri'].filter((name) => typeof fields[name] === 'string' && fields[name] !== '')
  const [name] = given
  const reference = name === undefined ? undefined : fields[name]
  if (typeof reference === 'string' && given.length === 1) {
    return { reference, labels: readLabels(fields, `${posix.basename(uri)}, line ${line}`) }
  }
  const found = Object.keys(fields).slice(0, 20).join(', ')
  const fault = given.length === 0 ? `has neither path nor uri (it has: ${found})` : 'has both path and uri'
  throw invalidRow(uri, line, `${fault}; exactly one of them names the image`)
}

/** An image source from the rows of a manifest, in their order. A row that names no readable image is a refusal. */
export function manifestSource(options: ManifestOptions): ImageSource {
  const folder = options.folder ?? (async () => folderOf(options.uri))

  async function fileOf(start: string, { reference }: ManifestRow): Promise<SourceFile | FldError> {
    try {
      return await options.locations.reference(start, reference)
    } catch (error) {
      if (error instanceof FldError && error.code === 'image_refused') return error
      throw error
    }
  }
  async function item(start: string, row: ManifestRow, itemOptions: ItemOptions): Promise<SourceItem> {
    const file = await fileOf(start, row)
    if (file instanceof FldError) return refusedSourceItem(shownReference(row.reference), file)
    return fileItem(file, itemOptions, { listed: true, labels: row.labels })
  }

  return {
    kind: options.kind,
    uri: options.uri,
    labelled: options.labelled,
    async *items(itemOptions) {
      const start = await folder(itemOptions)
      let ordinal = 0
      for await (const row of options.rows(itemOptions)) {
        if (ordinal++ >= (itemOptions.from ?? 0)) yield await item(start, row, itemOptions)
      }
    },
    async *versions({ signal }) {
      const start = await folder({ signal })
      for await (const row of options.rows({ signal })) {
        const file = await fileOf(start, row)
        const version = file instanceof FldError ? 'refused' : await file.version({ signal })
        yield JSON.stringify([row.reference, version, row.labels])
      }
    },
    close: async () => options.close?.(),
  }
}
