import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Checkpoint, CheckpointFile } from '../../schemas/checkpoint.js'
import { type Dtype, type DtypeChoice, dtypes, type PinnedFile } from '../../schemas/pack.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { graphFileOf } from '../models/packs/graph-files.js'
import type { ObjectStore } from '../storage/object-store.js'

/**
 * The files of a checkpoint as an entry of a pack lists them, with the store as their source: what brings a worker's
 * models into its cache brings these too, and checks them against their sha256. A folder's are for processes that see
 * the same folder.
 */
export function checkpointFiles(store: Pick<ObjectStore, 'uri'>, checkpoint: Checkpoint): PinnedFile[] {
  return checkpoint.files.map((file) => ({ ...file, sources: [sourceOf(store.uri, checkpoint.name, file)] }))
}

/** s3 locations are written as they are, file: URLs percent-encoded: as the store's own `uri` is. */
function sourceOf(uri: string, name: string, file: CheckpointFile): string {
  const key = storeLayout.checkpointFile(name, file)
  return uri.startsWith('file:') ? pathToFileURL(join(fileURLToPath(uri), key)).href : `${uri}/${key}`
}

/**
 * The dtypes to use where nobody chose: fp32 of each graph that has it, else the first it has in the order of `dtypes`.
 * A checkpoint may hold one dtype only.
 */
export function checkpointDtypes(checkpoint: Checkpoint): DtypeChoice {
  const byGraph = new Map<string, Dtype>()
  for (const { path } of checkpoint.files) {
    const file = graphFileOf(path)
    if (file === null || !file.isGraph) continue
    const before = byGraph.get(file.graph)
    if (before === undefined || dtypes.indexOf(file.dtype) < dtypes.indexOf(before)) byGraph.set(file.graph, file.dtype)
  }
  const [first = 'fp32', ...others] = new Set(byGraph.values())
  return others.length === 0 ? first : Object.fromEntries(byGraph)
}
