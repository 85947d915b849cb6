import { access, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CheckpointUse, checkpointOf } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import type { DtypeChoice } from '../../schemas/pack.js'
import { loadPackEntry } from '../models/packs/pack-file.js'
import { pullEntry } from '../models/packs/pull.js'
import type { PullOptions } from '../models/packs/pull-options.js'
import type { ExecutionProvider } from '../models/sessions/tensor.js'
import { readCheckpoint } from '../rounds/index.js'
import { checkpointEntry } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'
import { dtypeChoice } from './dtype-choice.js'
import { modelFolderFiles } from './model-folder.js'

/** A checkpoint on this machine. */
export interface LocalCheckpoint {
  /** Local paths by their path in the Transformers.js layout; one dtype of each graph. */
  readonly files: ReadonlyMap<string, string>
  /** What is to compute it; undefined where nothing was said. */
  readonly provider: ExecutionProvider | undefined
}

/** How a checkpoint is found. */
export interface CheckpointOptions {
  /** As it was typed; undefined: as the entry says, or what the store has. */
  readonly dtype: string | undefined
  readonly pull: PullOptions
  /** Of checkpoints by name. */
  openStore(): Promise<ObjectStore>
}

/**
 * The checkpoint that a folder, `pack/entry` or `<name>[@version]` of the store names, with its files on this machine.
 * Throws FldError `config_invalid` naming what there is; as `pullEntry` and the store do.
 */
export async function findCheckpoint(name: string, options: CheckpointOptions): Promise<LocalCheckpoint> {
  const dtype = options.dtype === undefined ? undefined : dtypeChoice(options.dtype)
  if (await isFolder(name)) return { files: await folderFiles(name, dtype), provider: undefined }
  const stored = checkpointOf(name.includes('/') ? name : `checkpoint/${name}`)
  const entry = stored === null ? (await loadPackEntry(name)).entry : await storedEntry(stored, options)
  const files = await pullEntry(dtype === undefined ? entry : { ...entry, dtype }, options.pull)
  return { files, provider: stored === null ? entry.provider : undefined }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

/** Looks for config.json before anything is listed: it may be any folder. */
async function folderFiles(folder: string, dtype: DtypeChoice = 'fp32'): Promise<ReadonlyMap<string, string>> {
  await access(join(folder, 'config.json')).catch((cause: unknown) => {
    throw new FldError('config_invalid', `${folder} is no checkpoint: there is no config.json in it`, { cause })
  })
  return modelFolderFiles(resolve(folder), { dtype, where: folder })
}

async function storedEntry({ name, version }: CheckpointUse, { openStore, pull }: CheckpointOptions) {
  const store = await openStore()
  try {
    const options = pull.signal === undefined ? {} : { signal: pull.signal }
    return checkpointEntry(store, await readCheckpoint(store, name, version ?? 'current', options))
  } finally {
    await store.close()
  }
}
