import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FldError } from '../../schemas/errors.js'
import type { Pack, PackEntry, PackFile } from '../../schemas/pack.js'
import { throwIfAborted } from '../storage/abort.js'
import { checkFile, type FileState, isCached, publishPart } from './cached-file.js'
import { fetchFiles } from './file-fetcher.js'
import type { ConvertedFile, FileTarget } from './file-target.js'
import { newPart } from './part-file.js'
import type { PullOptions } from './pull-options.js'
import { convertGraphModel } from './tfjs/convert-graph-model.js'

/** Local paths of an entry's model files, by their path in the pack. */
export type LocalFiles = ReadonlyMap<string, string>

/** What `verifyEntry` found of one file. */
export interface FileCheck {
  readonly file: string
  readonly state: FileState
  readonly path: string
}

/**
 * Brings the files of one entry into the cache and says where they are. What is there and verified is used without any
 * request; the rest is fetched, checked against the pack's sha256, and converted where the pack says so.
 * Throws FldError `model_unavailable`, `model_invalid`, `aborted`.
 */
export async function pullEntry(entry: PackEntry, options: PullOptions): Promise<LocalFiles> {
  await pullEntries([entry], options)
  return localFiles(entry, options.cache)
}

/** `pullEntry` for every entry of a pack, by entry name; packages that several entries share are downloaded once. */
export async function pullPack(pack: Pack, options: PullOptions): Promise<ReadonlyMap<string, LocalFiles>> {
  await pullEntries(pack.entries, options)
  return new Map(pack.entries.map((entry) => [entry.name, localFiles(entry, options.cache)]))
}

/** Hashes the entry's files again and says of each whether it is there and unchanged. Fetches nothing. */
export async function verifyEntry(
  entry: PackEntry,
  options: Pick<PullOptions, 'cache' | 'signal'>,
): Promise<FileCheck[]> {
  const checks: FileCheck[] = []
  for (const file of resultsOf(entry)) {
    const path = pathOf(entry, file, options.cache)
    checks.push({ file: file.path, path, state: await checkFile(path, file, options.signal) })
  }
  return checks
}

async function pullEntries(entries: readonly PackEntry[], options: PullOptions): Promise<void> {
  throwIfAborted(options.signal, 'pulling models')
  const missing: Array<{ entry: PackEntry; file: PackFile }> = []
  for (const entry of entries) {
    for (const file of resultsOf(entry)) {
      const path = pathOf(entry, file, options.cache)
      if (!(await isCached(path, file, options.signal))) missing.push({ entry, file })
    }
  }
  await fetchFiles(
    missing.flatMap(({ entry, file }) => targetsFor(entry, file, options.cache)),
    options,
  )
  for (const { entry, file } of missing) {
    if ('convert' in file) await convertFile(entry, file, options)
  }
}

/** What a missing file has to be downloaded for: itself, or the inputs of its conversion. */
function targetsFor(entry: PackEntry, file: PackFile, cache: string): FileTarget[] {
  const wanted = 'convert' in file ? inputsOf(entry, file) : [file]
  return wanted.map((download) => ({ file: download, path: pathOf(entry, download, cache) }))
}

function inputsOf(entry: PackEntry, file: ConvertedFile) {
  return file.convert.inputs.map((path) => {
    const input = entry.files.find((candidate) => candidate.path === path)
    if (input !== undefined && 'sources' in input) return input
    throw new FldError(
      'config_invalid',
      `entry "${entry.name}": ${file.path} is converted from "${path}": no such file`,
    )
  })
}

async function convertFile(entry: PackEntry, file: ConvertedFile, options: PullOptions): Promise<void> {
  throwIfAborted(options.signal, `converting ${file.path}`)
  const [topology = '', ...weights] = inputsOf(entry, file).map((input) => pathOf(entry, input, options.cache))
  const model = convertGraphModel(
    { topology: await readFile(topology, 'utf8'), weights: await Promise.all(weights.map((path) => readFile(path))) },
    { name: entry.name, ...(file.convert.outputs === undefined ? {} : { outputs: file.convert.outputs }) },
  )
  const path = pathOf(entry, file, options.cache)
  const part = await newPart(path)
  await writeFile(part.path, model)
  if ((await checkFile(part.path, file, options.signal)) !== 'ok') {
    const sha256 = createHash('sha256').update(model).digest('hex')
    await rm(part.path, { force: true })
    throw new FldError(
      'model_invalid',
      `Entry "${entry.name}": ${file.path} was converted to ${model.byteLength} bytes, sha256 ${sha256}; the pack pins ${file.bytes} bytes, ${file.sha256}.`,
      { details: { file: file.path, sha256, pinned: file.sha256 } },
    )
  }
  await publishPart(part.path, path, file)
}

/** The files an annotator is given: all but those that are only there to be converted. */
function resultsOf(entry: PackEntry): PackFile[] {
  const inputs = new Set(entry.files.flatMap((file) => ('convert' in file ? file.convert.inputs : [])))
  return entry.files.filter((file) => !inputs.has(file.path))
}

function localFiles(entry: PackEntry, cache: string): LocalFiles {
  return new Map(resultsOf(entry).map((file) => [file.path, pathOf(entry, file, cache)]))
}

/** models/<entry>-<digest of what it pins>/<path>: another lock file's entry of the same name lies elsewhere. */
function pathOf(entry: PackEntry, file: PackFile, cache: string): string {
  const pinned = entry.files.map(({ path, sha256 }) => `${sha256} ${path}`).join('\n')
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 12)
  return join(cache, 'models', `${entry.name}-${digest}`, ...file.path.split('/'))
}
