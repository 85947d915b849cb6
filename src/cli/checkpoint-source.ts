import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { florence2Paths } from '../rounds/index.js'
import { hubCheckpoint } from './checkpoint-hub.js'
import { byteSize } from './format-text.js'
import type { FoundCheckpoint, SourceOptions } from './found-checkpoint.js'

/**
 * Hands the files of a folder, a repository of the hub or a prefix of a bucket to `use`, on this machine; what was only
 * brought here for it is removed afterwards. Throws FldError `config_invalid`, as `pullEntry` and the store do, `aborted`.
 */
export async function withCheckpointSource<T>(
  location: string,
  options: SourceOptions,
  use: (found: FoundCheckpoint) => Promise<T>,
): Promise<T> {
  if (location.startsWith('hf:')) return use(await hubCheckpoint(location, options))
  if (location.startsWith('s3:')) return withBucket(location, options, use)
  const folder = folderOf(location)
  return use({ files: await filesBelow(folder), source: folder, dtype: options.dtype })
}

function folderOf(location: string): string {
  if (!location.startsWith('file:')) return resolve(location)
  if (location.startsWith('file:/') && URL.canParse(location)) return fileURLToPath(location)
  throw new FldError('config_invalid', `"${location}" is no file URL with an absolute path: file:///folder`)
}

/** Links to files are followed, for the cache of the hub's own tools is made of them; links to folders are not. */
async function filesBelow(folder: string): Promise<Map<string, string>> {
  try {
    const names = await readdir(folder, { recursive: true })
    const locals = await Promise.all(
      names.map(async (name) => {
        const local = join(folder, name)
        return (await stat(local).catch(() => null))?.isFile() ? [local] : []
      }),
    )
    return new Map(locals.flat().map((local) => [relative(folder, local).split(sep).join('/'), local]))
  } catch (cause) {
    throw new FldError(
      'config_invalid',
      `cannot read the folder ${folder}: ${errorMessage(cause)}. A checkpoint comes from a folder, hf:owner/repo or s3://bucket/prefix`,
      { cause },
    )
  }
}

/** A bucket's files are brought here first: they are read twice, to be hashed and to be sent. */
async function withBucket<T>(
  location: string,
  { environment, dtype, signal }: SourceOptions,
  use: (found: FoundCheckpoint) => Promise<T>,
): Promise<T> {
  const store = await environment.openStore(location)
  const folder = await mkdtemp(join(tmpdir(), 'fld-checkpoint-'))
  try {
    const sizes = new Map<string, number>()
    for await (const { key, bytes } of store.list('', { signal })) sizes.set(key, bytes)
    const files = new Map<string, string>()
    for (const path of florence2Paths(sizes.keys(), { dtype, where: location })) {
      process.stderr.write(`  reading ${path} from ${location} (${byteSize(sizes.get(path) ?? 0)})\n`)
      const local = join(folder, path)
      await mkdir(dirname(local), { recursive: true })
      await pipeline(store.stream(path, { signal }), createWriteStream(local))
      files.set(path, local)
    }
    return await use({ files, source: location, dtype })
  } finally {
    await rm(folder, { recursive: true, force: true })
    await store.close()
  }
}
