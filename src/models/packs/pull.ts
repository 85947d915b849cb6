import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { FldError } from '../../../schemas/errors.js'
import type { LockedEntry, Pack, PackEntry, PinnedFile } from '../../../schemas/pack.js'
import { throwIfAborted } from '../../storage/abort.js'
import { convertGraphModel } from '../tfjs/convert-graph-model.js'
import { cachedPath } from './cache-layout.js'
import { checkFile, type FileState, isCached, publishPart } from './cached-file.js'
import { fetchFiles } from './file-fetcher.js'
import type { ConvertedFile, FileTarget } from './file-target.js'
import { pickFiles, plainPaths } from './graph-files.js'
import { knownLock, lockEntry } from './lock-entry.js'
import { newPart } from './part-file.js'
import type { PullOptions } from './pull-options.js'

/**
 * Local paths of an entry's model files, by their path in the pack; those of a graph by the path without a dtype
 * (`onnx/model.onnx`), whatever dtype was chosen.
 */
export type LocalFiles = ReadonlyMap<string, string>

/** What `verifyEntry` found of one file. */
export interface FileCheck {
  readonly file: string
  readonly state: FileState
  /** Whether its bytes are known: by the pack, or because this machine has pulled it before. */
  readonly pinned: boolean
  /** Where the cache keeps it; empty where it is not pinned. */
  readonly path: string
}

/**
 * Brings the files of one entry into the cache and says where they are: those that its dtypes choose, pinned first where
 * the pack does not pin them. What is there and verified is used without any request; the rest is fetched, checked
 * against its sha256, and converted where the pack says so. Throws FldError `model_unavailable`, `model_invalid`,
 * `config_invalid`, `aborted`.
 */
export async function pullEntry(entry: PackEntry, options: PullOptions): Promise<LocalFiles> {
  const locked = await lockEntry(pickFiles(entry), options)
  await pullEntries([locked], options)
  return localFiles(locked, options.cache)
}

/** `pullEntry` for every entry of a pack, by entry name; packages that several entries share are downloaded once. */
export async function pullPack(pack: Pack, options: PullOptions): Promise<ReadonlyMap<string, LocalFiles>> {
  const locked: LockedEntry[] = []
  for (const entry of pack.entries) locked.push(await lockEntry(pickFiles(entry), options))
  await pullEntries(locked, options)
  return new Map(locked.map((entry) => [entry.name, localFiles(entry, options.cache)]))
}

/** Hashes the entry's files again and says of each whether it is there and unchanged. Fetches nothing. */
export async function verifyEntry(
  entry: PackEntry,
  options: Pick<PullOptions, 'cache' | 'hubEndpoint' | 'signal'>,
): Promise<FileCheck[]> {
  const picked = pickFiles(entry)
  const locked = await knownLock(picked, options)
  if (locked === null)
    return picked.files.map(({ path }) => ({ file: path, state: 'missing', pinned: false, path: '' }))
  const checks: FileCheck[] = []
  for (const file of resultsOf(locked)) {
    const path = cachedPath(locked, file, options.cache)
    checks.push({ file: file.path, path, state: await checkFile(path, file, options.signal), pinned: true })
  }
  return checks
}

async function pullEntries(entries: readonly LockedEntry[], options: PullOptions): Promise<void> {
  throwIfAborted(options.signal, 'pulling models')
  const missing: Array<{ entry: LockedEntry; file: PinnedFile }> = []
  for (const entry of entries) {
    for (const file of resultsOf(entry)) {
      const path = cachedPath(entry, file, options.cache)
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
function targetsFor(entry: LockedEntry, file: PinnedFile, cache: string): FileTarget[] {
  const wanted = 'convert' in file ? inputsOf(entry, file) : [file]
  return wanted.map((download) => ({ file: download, path: cachedPath(entry, download, cache) }))
}

function inputsOf(entry: LockedEntry, file: ConvertedFile) {
  return file.convert.inputs.map((path) => {
    const input = entry.files.find((candidate) => candidate.path === path)
    if (input !== undefined && 'sources' in input) return input
    throw new FldError(
      'config_invalid',
      `entry "${entry.name}": ${file.path} is converted from "${path}": no such file`,
    )
  })
}

async function convertFile(entry: LockedEntry, file: ConvertedFile, options: PullOptions): Promise<void> {
  throwIfAborted(options.signal, `converting ${file.path}`)
  const [topology = '', ...weights] = inputsOf(entry, file).map((input) => cachedPath(entry, input, options.cache))
  const model = convertGraphModel(
    { topology: await readFile(topology, 'utf8'), weights: await Promise.all(weights.map((path) => readFile(path))) },
    { name: entry.name, ...(file.convert.outputs === undefined ? {} : { outputs: file.convert.outputs }) },
  )
  const path = cachedPath(entry, file, options.cache)
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
function resultsOf(entry: LockedEntry): PinnedFile[] {
  const inputs = new Set(entry.files.flatMap((file) => ('convert' in file ? file.convert.inputs : [])))
  return entry.files.filter((file) => !inputs.has(file.path))
}

function localFiles(entry: LockedEntry, cache: string): LocalFiles {
  const files = plainPaths(resultsOf(entry), entry.dtype, `entry "${entry.name}"`)
  return new Map([...files].map(([plain, file]) => [plain, cachedPath(entry, file, cache)]))
}
