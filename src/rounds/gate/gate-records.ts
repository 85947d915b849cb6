import { createHash } from 'node:crypto'
import { checkpointLabel } from '../../../schemas/annotator-use.js'
import { FldError } from '../../../schemas/errors.js'
import { type GateRecord, gateRecordSchema } from '../../../schemas/gate.js'
import { storeLayout } from '../../../schemas/store-layout.js'
import { putJsonIfAbsent, readJson } from '../../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../../storage/object-store.js'
import { readCurrentCheckpoint } from '../checkpoint-registry.js'

/** Keeps what the gate found. Returns the record's key. */
export async function writeGateRecord(
  store: ObjectStore,
  record: GateRecord,
  options: StoreOptions = {},
): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(record)).digest('hex').slice(0, 16)
  const key = `${storeLayout.checkpointGates(record.name, record.version)}${digest}.json`
  await putJsonIfAbsent(store, key, record, options)
  return key
}

/** A record of the gate and where it lies. */
interface KeptGateRecord {
  readonly key: string
  readonly record: GateRecord
}

/** What the gate last found about a version, beside another or beside any; null where it was not asked. */
export async function latestGateRecord(
  store: ObjectStore,
  { name, version, against, until }: { name: string; version: number; against?: number; until?: string },
  options: StoreOptions = {},
): Promise<KeptGateRecord | null> {
  let latest: KeptGateRecord | null = null
  for await (const { key } of store.list(storeLayout.checkpointGates(name, version), options)) {
    const record = await readJson(store, key, gateRecordSchema, options)
    if (against !== undefined && record.against !== against) continue
    if (until !== undefined && record.gated_at > until) continue
    if (latest === null || record.gated_at > latest.record.gated_at) latest = { key, record }
  }
  return latest
}

/**
 * The record that lets a version take the place of the current one. Throws FldError `gate_closed` with the reasons, or with
 * the command that asks the gate.
 */
export async function passedGate(
  store: ObjectStore,
  asked: { name: string; version: number; against: number },
  options: StoreOptions = {},
): Promise<string> {
  const { name, version, against } = asked
  const label = checkpointLabel(name, version)
  const found = await latestGateRecord(store, asked, options)
  if (found?.record.passed) return found.key
  const force = `to promote it all the same: fld checkpoint promote ${label} --force "<reason>"`
  const message =
    found === null
      ? `${label} was not held against ${checkpointLabel(name, against)}, which is current: fld checkpoint gate ${label} --run <run>; ${force}`
      : `${label} did not pass the gate beside ${checkpointLabel(name, against)}, which is current: ${found.record.reasons.join('; ')} (${found.key}); ${force}`
  throw new FldError('gate_closed', message, { details: { name, version, against } })
}

/** How a version stands to the gate; null where nobody asked it, as of the first version of a name. */
export type GateStanding = 'passed' | 'refused' | 'undecided' | 'forced' | null

/**
 * How a version stood at a moment: `forced` where somebody had promoted it past the gate, else what the gate had last found
 * beside whichever version; `undecided` where too few images told anything.
 */
export async function gateStanding(
  store: ObjectStore,
  { name, version, at }: { name: string; version: number; at: string },
  options: StoreOptions = {},
): Promise<GateStanding> {
  const history = (await readCurrentCheckpoint(store, name, options))?.history ?? []
  const promoted = history.findLast((move) => move.version === version && move.by === 'promote' && move.moved_at <= at)
  if (typeof promoted?.forced === 'string') return 'forced'
  const record = (await latestGateRecord(store, { name, version, until: at }, options))?.record
  if (record === undefined) return null
  if (record.passed) return 'passed'
  return Math.max(...Object.values(record.measured_on)) < record.rules.min_images ? 'undecided' : 'refused'
}
