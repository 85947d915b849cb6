import {
  type Checkpoint,
  type CheckpointMove,
  type CurrentCheckpoint,
  currentCheckpointSchema,
} from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJsonIfAbsent, readJsonIfPresent, replaceJsonIf } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readCheckpoint } from './checkpoint-registry.js'
import { latestGateRecord, passedGate } from './gate/gate-records.js'

/** `current` as it was read, with what a replacement of it has to name. */
interface ReadCurrent {
  readonly etag: string | null
  readonly current: CurrentCheckpoint | null
}

/**
 * Makes a version of a checkpoint the one that annotates; shards that begin from now on take it up. It has to have passed
 * the gate beside the version that is current, or to be `forced` with a reason that is kept; the first version of a name has
 * nothing to be worse than. A version that is current stays it, without another entry in the history. Throws FldError
 * `config_invalid` listing the versions there are, and `gate_closed` with the reasons.
 */
export async function promoteCheckpoint(
  store: ObjectStore,
  name: string,
  version: number,
  { forced = null, ...options }: StoreOptions & { readonly forced?: string | null } = {},
): Promise<CurrentCheckpoint> {
  const checkpoint = await readCheckpoint(store, name, version, options)
  const moved_at = new Date().toISOString()
  for (;;) {
    const read = await readCurrent(store, name, options)
    if (read.current?.version === version) return read.current
    const against = read.current?.version ?? null
    const gate = against === null ? null : await gateOf(store, { name, version, against, forced }, options)
    const move: CheckpointMove = { version, moved_at, by: 'promote', gate, forced: against === null ? null : forced }
    const next = await moveTo(store, checkpoint, read, { move, options })
    // Somebody else has moved it meanwhile: the later promotion counts.
    if (next !== null) return next
  }
}

/** The record of the gate that a promotion names: the one that lets it pass, or what a force passes over. */
async function gateOf(
  store: ObjectStore,
  { forced, ...asked }: { name: string; version: number; against: number; forced: string | null },
  options: StoreOptions,
): Promise<string | null> {
  if (forced === null) return passedGate(store, asked, options)
  return (await latestGateRecord(store, asked, options))?.key ?? null
}

/**
 * Goes back to the version that was current before this one was promoted; again, to the one before that. Throws FldError
 * `config_invalid` where there is none before, `run_conflict` when somebody else moves it at the same time: what to go
 * back from is then another version than the one that was meant.
 */
export async function rollbackCheckpoint(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<CurrentCheckpoint> {
  const read = await readCurrent(store, name, options)
  // Throws what readCheckpoint says of a checkpoint without current, or of a name that is not there.
  const from = await readCheckpoint(store, name, 'current', options)
  const version = versionBefore(read.current?.history ?? [])
  if (version === null) {
    throw new FldError(
      'config_invalid',
      `checkpoint "${name}" in ${store.uri} cannot go back: none was current before version ${from.version}`,
      { details: { name, version: from.version } },
    )
  }
  const checkpoint = await readCheckpoint(store, name, version, options)
  const move: CheckpointMove = {
    ...{ version, moved_at: new Date().toISOString(), by: 'rollback' },
    ...{ gate: null, forced: null },
  }
  const next = await moveTo(store, checkpoint, read, { move, options })
  if (next !== null) return next
  const now = (await readCurrent(store, name, options)).current
  const message = `somebody else has just moved checkpoint "${name}" to version ${now?.version}; look at it (fld checkpoint show ${name}) before going back`
  throw new FldError('run_conflict', message, { details: { name, version: now?.version } })
}

/** Promotions stack, a rollback takes the topmost off; the version below the top, null where there is none. */
function versionBefore(history: readonly CheckpointMove[]): number | null {
  const stack: number[] = []
  for (const { by, version } of history) {
    if (by === 'promote') stack.push(version)
    else stack.pop()
  }
  return stack.at(-2) ?? null
}

/** The etag first: content that is newer than it makes the replacement fail, and never the other way round. */
async function readCurrent(store: ObjectStore, name: string, options: StoreOptions): Promise<ReadCurrent> {
  const key = storeLayout.currentCheckpoint(name)
  const etag = (await store.head(key, options))?.etag ?? null
  const current = etag === null ? null : await readJsonIfPresent(store, key, currentCheckpointSchema, options)
  return { etag, current }
}

/** Null when `current` is no longer what was read. */
async function moveTo(
  store: ObjectStore,
  { name, version, digest }: Checkpoint,
  { etag, current }: ReadCurrent,
  { move, options }: { move: CheckpointMove; options: StoreOptions },
): Promise<CurrentCheckpoint | null> {
  const history = [...(current?.history ?? []), move]
  const next: CurrentCheckpoint = { name, version, digest, moved_at: move.moved_at, history }
  const key = storeLayout.currentCheckpoint(name)
  const won =
    etag === null
      ? await putJsonIfAbsent(store, key, next, options)
      : await replaceJsonIf(store, key, next, { ...options, etag })
  return won ? next : null
}
