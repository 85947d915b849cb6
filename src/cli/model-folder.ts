import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { DtypeChoice } from '../../schemas/pack.js'
import { plainPaths } from '../models/packs/graph-files.js'

/**
 * The files of a model folder that the dtypes choose, by the path that an annotator asks for; the layout of Transformers.js
 * repositories stays as it is. Null: an annotator without files. `where` begins the message. Throws FldError `config_invalid`.
 */
export async function modelFolderFiles(
  folder: string | null,
  { dtype, where }: { dtype: DtypeChoice; where: string },
): Promise<ReadonlyMap<string, string>> {
  const plain = plainPaths(folder === null ? [] : await filesBelow(folder), dtype, where)
  return new Map([...plain].map(([path, { local }]) => [path, local]))
}

async function filesBelow(folder: string): Promise<{ path: string; local: string }[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.map((each) => join(each.parentPath, each.name)).sort()
    // Links to files count: the hub's own cache is made of them.
    const there = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => null))?.isFile() ?? false))
    return paths
      .filter((_, index) => there[index])
      .map((local) => ({ path: relative(folder, local).split(sep).join('/'), local }))
  } catch (cause) {
    throw new FldError('config_invalid', `cannot read the model folder ${folder}: ${errorMessage(cause)}`, { cause })
  }
}
