import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { Checkpoint, CurrentCheckpoint } from '../../schemas/checkpoint.js'
import { FldError } from '../../schemas/errors.js'
import {
  checkpointDtypes,
  listCheckpoints,
  promoteCheckpoint,
  readCheckpoint,
  readCurrentCheckpoint,
  rollbackCheckpoint,
} from '../rounds/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { AskedVersion } from './checkpoint-arguments.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { byteSize, columns } from './format-text.js'

/** The options of the commands that read or move checkpoints. */
export interface StoreFlags {
  readonly out?: string
  readonly json?: boolean
}

/** `fld checkpoint list`. */
export async function printCheckpoints(name: string | undefined, flags: StoreFlags): Promise<void> {
  await withStore(flags, async (store, out) => {
    const listed = await listCheckpoints(store, { name })
    const versions = listed.flatMap(({ current, versions: all }) =>
      all.map((checkpoint) => ({ checkpoint, current: checkpoint.version === current?.version })),
    )
    if (flags.json) {
      for (const { checkpoint, current } of versions) print(JSON.stringify({ ...checkpoint, current }))
      return
    }
    const head = ['', 'checkpoint', 'size', 'dtype', 'licence', 'trained on', 'from', 'added']
    const rows = versions.map(({ checkpoint, current }) => [current ? '*' : '', ...cells(checkpoint)])
    print(rows.length > 0 ? columns([head, ...rows]) : `no checkpoints in ${out}`)
  })
}

/** `fld checkpoint show`. */
export async function printCheckpoint({ name, version }: AskedVersion, flags: StoreFlags): Promise<void> {
  await withStore(flags, async (store) => {
    const checkpoint = await readCheckpoint(store, name, version ?? 'current')
    const current = await readCurrentCheckpoint(store, name)
    print(flags.json ? JSON.stringify({ ...checkpoint, current }) : checkpointText(checkpoint, current))
  })
}

/** `fld checkpoint promote`. */
export async function promote(
  { name, version }: AskedVersion,
  { force = null, ...flags }: StoreFlags & { readonly force?: string | null },
): Promise<void> {
  if (version === null) throw new FldError('config_invalid', `which version of "${name}"? Write ${name}@2`)
  if (force?.trim() === '') throw new FldError('config_invalid', '--force wants a reason, which is kept')
  await withStore(flags, async (store) => {
    await promoteCheckpoint(store, name, version, { forced: force })
    print(`${checkpointLabel(name, version)} is current`)
  })
}

/** `fld checkpoint rollback`. */
export async function rollback(name: string, flags: StoreFlags): Promise<void> {
  await withStore(flags, async (store) => {
    const { version } = await rollbackCheckpoint(store, name)
    print(`${checkpointLabel(name, version)} is current again`)
  })
}

async function withStore(
  { out: asked }: StoreFlags,
  work: (store: ObjectStore, out: string) => Promise<void>,
): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(asked ?? environment.out)
  const store = await environment.openStore(out)
  try {
    await work(store, out)
  } finally {
    await store.close()
  }
}

function cells(checkpoint: Checkpoint): string[] {
  const { name, version, licence, lineage, created_at } = checkpoint
  const size = byteSize(checkpoint.files.reduce((sum, { bytes }) => sum + bytes, 0))
  return [
    checkpointLabel(name, version),
    size,
    dtypeText(checkpoint),
    licence,
    trainedOn(checkpoint),
    lineage.source,
    created_at,
  ]
}

function dtypeText(checkpoint: Checkpoint): string {
  const choice = checkpointDtypes(checkpoint)
  return typeof choice === 'string' ? choice : [...new Set(Object.values(choice))].join('+')
}

function trainedOn({ lineage: { from_snapshot: snapshot } }: Checkpoint): string {
  if (snapshot === null) return '-'
  const { run, round, revision } = snapshot
  return `${run}:${round}${revision === 0 ? '' : `, revision ${revision}`}`
}

function checkpointText(checkpoint: Checkpoint, current: CurrentCheckpoint | null): string {
  const { name, version, digest, files, lineage, licence, created_at } = checkpoint
  const { source, from_snapshot: snapshot, parent } = lineage
  const state = current?.version === version ? ', current' : ''
  const facts = [
    ['digest', digest],
    ['from', source],
    ['trained on', snapshot === null ? 'not said' : `${trainedOn(checkpoint)}, manifest ${snapshot.manifest_sha256}`],
    ['parent', parent === null ? 'none' : checkpointLabel(name, parent)],
    ['licence', licence],
    ['added', created_at],
  ]
  const moves = current?.history.map(({ version: to, by, moved_at, gate, forced }) => [
    ...[`  ${moved_at}`, by, checkpointLabel(name, to), gate ?? ''],
    forced === null ? '' : `past the gate: ${forced}`,
  ])
  return [
    `${checkpointLabel(name, version)}: ${checkpoint.annotator}${state}`,
    columns(facts),
    columns(files.map(({ path, bytes, sha256 }) => [`  ${path}`, bytes, sha256])),
    ...(moves === undefined ? ['never current'] : ['current has moved:', columns(moves)]),
  ].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
