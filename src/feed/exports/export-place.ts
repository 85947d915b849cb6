import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'
import { feedOptionsSchema } from '../../../schemas/feed.js'
import { splits } from '../../../schemas/image.js'
import { putJsonIfAbsent, readJson } from '../../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../../storage/object-store.js'

/** Raised when the files of an export become others, so that no place holds some of each. */
export const exportLayout = 2

/** What an export is of: two that differ in any of it never share a place. */
const exportIdentitySchema = z.object({
  layout: z.number().int().default(1),
  format: z.string(),
  run: z.string(),
  round: z.number().int(),
  /** The first 16 hex digits of the sha256 of the snapshot's manifest. */
  snapshot: z.string(),
  options: feedOptionsSchema,
  images: z.boolean(),
})
export type ExportIdentity = z.infer<typeof exportIdentitySchema>

const exportedFileSchema = z.object({ key: z.string(), bytes: z.number().int(), sha256: z.string() })

/** `_fld/<shard>.json`, and `_fld/export.json` for the files over all shards: written when the files it names are there. */
export const exportedPartSchema = z.object({
  /** Images of each split; those that have none are left out. */
  images: z.partialRecord(z.enum(splits), z.number().int()),
  samples: z.number().int(),
  files: z.array(exportedFileSchema),
})
export type ExportedPart = z.infer<typeof exportedPartSchema>

/**
 * Takes a place for an export: it belongs to whoever writes its identity first. Throws FldError `config_invalid` that says in
 * what the export that is there differs.
 */
export async function claimPlace(target: ObjectStore, identity: ExportIdentity, options: StoreOptions): Promise<void> {
  const key = '_fld/identity.json'
  if (await putJsonIfAbsent(target, key, identity, options)) return
  const there = await readJson(target, key, exportIdentitySchema, options)
  const differing = Object.entries(identity).flatMap(([name, asked]) => {
    const found: unknown = Reflect.get(there, name)
    return isDeepStrictEqual(found, asked)
      ? []
      : [`${name}: ${JSON.stringify(found)} there, ${JSON.stringify(asked)} asked for`]
  })
  if (differing.length === 0) return
  const what = `${target.uri} holds another export (${differing.join('; ')})`
  throw new FldError('config_invalid', `${what}; choose another place`)
}
