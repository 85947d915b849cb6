import { FldError } from '../../../schemas/errors.js'
import type { ObjectInfo } from '../../storage/object-store.js'
import { bucketPlace, type Locations } from './locations.js'
import type { ImageSource, ItemOptions, SourceItem } from './source.js'
import { bucketFile } from './source-file.js'
import { fileItem } from './source-item.js'

function isHidden(key: string): boolean {
  return key.split('/').some((segment) => segment.startsWith('.'))
}

/**
 * The objects under s3://bucket/prefix/, in the order of their keys' UTF-8 bytes. Hidden ones (a segment below the prefix
 * starts with a dot) and folder markers are left out, and so is everything under `excluded`, where the results go.
 */
export function s3PrefixSource(options: {
  uri: string
  excluded: readonly string[]
  locations: Locations
}): ImageSource {
  const place = bucketPlace(options.uri)
  if (place === null) throw new FldError('internal', `${options.uri} is no s3:// uri`)
  const { bucket } = place
  const prefix = place.key === '' ? '' : `${place.key.replace(/\/+$/, '')}/`
  const outputs = options.excluded.flatMap((uri) => {
    const output = bucketPlace(uri)
    return output?.bucket === bucket ? [output.key === '' ? '' : `${output.key.replace(/\/+$/, '')}/`] : []
  })

  /** An output that contains the whole prefix cannot be told from the input. */
  function isOutput(key: string): boolean {
    return outputs.some((output) => output.length > prefix.length && key.startsWith(output))
  }
  async function* listing(signal: AbortSignal | undefined): AsyncGenerator<ObjectInfo, void, undefined> {
    const store = await options.locations.bucket(bucket)
    for await (const info of store.list(prefix, signal === undefined ? {} : { signal })) {
      if (!info.key.endsWith('/') && !isHidden(info.key.slice(prefix.length)) && !isOutput(info.key)) yield info
    }
  }
  async function item(info: ObjectInfo, itemOptions: ItemOptions): Promise<SourceItem> {
    const file = bucketFile(await options.locations.bucket(bucket), info.key, info)
    return fileItem(file, itemOptions, { listed: false, labels: null })
  }

  return {
    kind: 's3',
    uri: `s3://${bucket}/${prefix}`.replace(/\/$/, ''),
    labelled: false,
    async *items(itemOptions) {
      let ordinal = 0
      for await (const info of listing(itemOptions.signal)) {
        if (ordinal++ >= (itemOptions.from ?? 0)) yield await item(info, itemOptions)
      }
    },
    async *versions({ signal }) {
      for await (const { key, bytes, etag } of listing(signal)) yield `${key.slice(prefix.length)} ${bytes} ${etag}`
    },
    close: async () => undefined,
  }
}
