import { type Calibration, calibrationSchema } from '../../schemas/calibration.js'
import { FldError } from '../../schemas/errors.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJsonIfAbsent, readJsonIfPresent } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** What was fitted, before it has a version. */
export type NewCalibration = Omit<Calibration, 'version' | 'created_at'>

/** Adds the next version of a calibration. Of several writers at once each gets a version of its own. */
export async function addCalibration(
  store: ObjectStore,
  added: NewCalibration,
  options: StoreOptions = {},
): Promise<Calibration> {
  const versions = await calibrationVersions(store, added.name, options)
  for (let version = (versions.at(-1) ?? 0) + 1; ; version++) {
    const calibration: Calibration = { ...added, version, created_at: new Date().toISOString() }
    if (await putJsonIfAbsent(store, storeLayout.calibration(added.name, version), calibration, options)) {
      return calibration
    }
  }
}

/** The versions of a calibration, rising. */
export async function calibrationVersions(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<number[]> {
  const prefix = storeLayout.calibrations(name)
  const versions: number[] = []
  for await (const { key } of store.list(prefix, options)) {
    const [, version] = /^([1-9]\d*)[.]json$/.exec(key.slice(prefix.length)) ?? []
    if (version !== undefined) versions.push(Number(version))
  }
  return versions.sort((a, b) => a - b)
}

/**
 * A calibration of the store by `name` (its last version) or `name@version`. Throws FldError `config_invalid` naming the
 * versions that there are.
 */
export async function readCalibration(
  store: ObjectStore,
  reference: string,
  options: StoreOptions = {},
): Promise<Calibration> {
  const [, name, asked] = /^([a-z0-9][a-z0-9._-]*)(?:@([1-9]\d*))?$/.exec(reference) ?? []
  if (name === undefined) {
    const message = `calibration "${reference}": write name, name@version or a file ending in .json`
    throw new FldError('config_invalid', message)
  }
  const versions = await calibrationVersions(store, name, options)
  const version = asked === undefined ? versions.at(-1) : Number(asked)
  const key = version === undefined ? null : storeLayout.calibration(name, version)
  const found = key === null ? null : await readJsonIfPresent(store, key, calibrationSchema, options)
  if (found !== null) return found
  const there = versions.length === 0 ? 'no version' : versions.map((each) => `${name}@${each}`).join(', ')
  const message = `no calibration "${reference}" in ${store.uri}; of "${name}" there is ${there}; fld calibrate makes one`
  throw new FldError('config_invalid', message, { details: { reference } })
}
