import {
  type Checkpoint,
  type CurrentCheckpoint,
  checkpointSchema,
  currentCheckpointSchema,
} from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson, readJsonIfPresent } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A checkpoint of the store: all its versions, and which of them annotates. */
export interface ListedCheckpoint {
  readonly name: string
  /** Null where none was promoted yet. */
  readonly current: CurrentCheckpoint | null
  /** Oldest first. */
  readonly versions: readonly Checkpoint[]
}

/** The checkpoints of a store by name, or the one that is asked for. Throws FldError `config_invalid` when that is not there. */
export async function listCheckpoints(
  store: ObjectStore,
  { name, ...options }: StoreOptions & { name?: string | undefined } = {},
): Promise<ListedCheckpoint[]> {
  const all = await storedVersions(store, options)
  if (name !== undefined && !all.has(name)) throw noCheckpoint(store, name, [...all.keys()])
  const listed: ListedCheckpoint[] = []
  for (const [each, numbers] of all) {
    if (name !== undefined && name !== each) continue
    const current = await readCurrentCheckpoint(store, each, options)
    listed.push({ name: each, current, versions: await readVersions(store, each, numbers, options) })
  }
  return listed
}

/**
 * A version of a checkpoint, or the one that is `current`. Throws FldError `config_invalid` listing what there is: the
 * names, the versions of this name, or that none of them was promoted yet.
 */
export async function readCheckpoint(
  store: ObjectStore,
  name: string,
  version: number | 'current',
  options: StoreOptions = {},
): Promise<Checkpoint> {
  const current = version === 'current' ? await readCurrentCheckpoint(store, name, options) : null
  const number = version === 'current' ? current?.version : version
  if (number === undefined) throw await notCurrent(store, name, options)
  const key = storeLayout.checkpoint(name, number)
  const checkpoint = await readJsonIfPresent(store, key, checkpointSchema, options)
  if (checkpoint === null) throw await noVersion(store, name, number, options)
  if (current === null || current.digest === checkpoint.digest) return checkpoint
  const message = `${store.uri}: ${storeLayout.currentCheckpoint(name)} and ${key} have different digests: one of them was changed by hand`
  throw new FldError('store_corrupt', message, { details: { key } })
}

/** Which version of a checkpoint annotates, and what did before; null where none was promoted yet. */
export async function readCurrentCheckpoint(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<CurrentCheckpoint | null> {
  return readJsonIfPresent(store, storeLayout.currentCheckpoint(name), currentCheckpointSchema, options)
}

/** Every version of a checkpoint, oldest first; none where there is no such checkpoint. */
export async function checkpointVersions(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Checkpoint[]> {
  const numbers = (await storedVersions(store, options, name)).get(name) ?? []
  return readVersions(store, name, numbers, options)
}

async function readVersions(
  store: ObjectStore,
  name: string,
  numbers: readonly number[],
  options: StoreOptions,
): Promise<Checkpoint[]> {
  const keys = numbers.map((version) => storeLayout.checkpoint(name, version))
  return Promise.all(keys.map((key) => readJson(store, key, checkpointSchema, options)))
}

/** The numbers of the versions that are there, rising, by name; what has no record is half an addition, and not there. */
async function storedVersions(
  store: ObjectStore,
  options: StoreOptions,
  name?: string,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  const prefix = storeLayout.checkpoints()
  for await (const { key } of store.list(name === undefined ? prefix : storeLayout.checkpointVersions(name), options)) {
    const [, of, number] = /^([^/]+)\/([1-9]\d*)\/checkpoint\.json$/.exec(key.slice(prefix.length)) ?? []
    if (of === undefined) continue
    found.set(
      of,
      [...(found.get(of) ?? []), Number(number)].sort((a, b) => a - b),
    )
  }
  return found
}

function noCheckpoint(store: ObjectStore, name: string, names: readonly string[]): FldError {
  const there = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`
  return new FldError('config_invalid', `no checkpoint "${name}" in ${store.uri}; ${there} (fld checkpoint add)`, {
    details: { name, names },
  })
}

async function noVersion(store: ObjectStore, name: string, version: number, options: StoreOptions): Promise<FldError> {
  const all = await storedVersions(store, options)
  const versions = all.get(name)
  if (versions === undefined) return noCheckpoint(store, name, [...all.keys()])
  const message = `checkpoint "${name}" in ${store.uri} has no version ${version}; there are: ${versions.join(', ')}`
  return new FldError('config_invalid', message, { details: { name, version, versions } })
}

async function notCurrent(store: ObjectStore, name: string, options: StoreOptions): Promise<FldError> {
  const all = await storedVersions(store, options)
  const versions = all.get(name)
  if (versions === undefined) return noCheckpoint(store, name, [...all.keys()])
  const message = `no version of checkpoint "${name}" in ${store.uri} is current; there are: ${versions.join(', ')}. fld checkpoint promote ${name}@${versions.at(-1)}`
  return new FldError('config_invalid', message, { details: { name, versions } })
}
