import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'
import { feedOptionsSchema } from '../../../schemas/feed.js'
import { splits } from '../../../schemas/image.js'
import { putJsonIfAbsent, readJson, readJsonIfPresent } from '../../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../../storage/object-store.js'

/** Raised when the files of an export become others, so that no place holds some of each. */
export const exportLayout = 3

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

const records = '_fld/'
const identityKey = `${records}identity.json`

/**
 * Takes a place for an export: one that is empty, or holds what an earlier call wrote of the same. Names that begin with a dot
 * do not count. Throws FldError `config_invalid` that says in what the export that is there differs, or what else is there.
 */
export async function claimPlace(target: ObjectStore, identity: ExportIdentity, options: StoreOptions): Promise<void> {
  const there = await readJsonIfPresent(target, identityKey, exportIdentitySchema, options)
  if (there !== null) return checkSame(target, there, identity)
  const other = await firstFile(target, options)
  // A call beside this one may have begun meanwhile.
  const begun = other === null ? null : await readJsonIfPresent(target, identityKey, exportIdentitySchema, options)
  if (other !== null && begun === null) {
    const message = `${target.uri} holds other files (${other}): an export wants a place of its own, which is empty or not there yet`
    throw new FldError('config_invalid', message)
  }
  if (begun === null && (await putJsonIfAbsent(target, identityKey, identity, options))) return
  checkSame(target, begun ?? (await readJson(target, identityKey, exportIdentitySchema, options)), identity)
}

async function firstFile(target: ObjectStore, options: StoreOptions): Promise<string | null> {
  for await (const { key } of target.list('', options)) if (!key.startsWith('.')) return key
  return null
}

function checkSame(target: ObjectStore, there: ExportIdentity, identity: ExportIdentity): void {
  const differing = differences('', there, identity)
  if (differing.length === 0) return
  const what = `${target.uri} holds another export (${differing.join('; ')})`
  throw new FldError('config_invalid', `${what}; choose another place`)
}

/** What differs, down to the options: each with what is there and what is asked for. */
function differences(path: string, there: object, asked: object): string[] {
  return Object.entries(asked).flatMap(([name, value]: [string, unknown]) => {
    const found: unknown = Reflect.get(there, name)
    if (isDeepStrictEqual(found, value)) return []
    if (name === 'options' && isObject(found) && isObject(value)) return differences('options.', found, value)
    return [`${path}${name}: ${JSON.stringify(found)} there, ${JSON.stringify(value)} asked for`]
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Files of a part that are looked for at the same time. */
const looks = 16

/** A part that was written before, with all its files in their lengths; null where it is to be written. */
export async function writtenPart(
  target: ObjectStore,
  key: string,
  options: StoreOptions,
): Promise<ExportedPart | null> {
  const part = await readJsonIfPresent(target, key, exportedPartSchema, options)
  if (part === null) return null
  const isThere = async (file: ExportedPart['files'][number]) =>
    (await target.head(file.key, options))?.bytes === file.bytes
  const there = await pLimit(looks).map(part.files, isThere)
  return there.every(Boolean) ? part : null
}

/** Takes away what was written to a place, so that it can be another's. */
export async function clearPlace(target: ObjectStore, options: StoreOptions): Promise<void> {
  const keys: string[] = []
  for await (const { key } of target.list(records, options)) {
    keys.push(key)
    if (key === identityKey) continue
    const { files } = await readJson(target, key, exportedPartSchema, options)
    await target.delete(
      files.map((file) => file.key),
      options,
    )
  }
  await target.delete(keys, options)
}
