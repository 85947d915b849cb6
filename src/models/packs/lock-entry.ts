import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import type { LockedEntry, PackEntry, PackFile, PinnedFile } from '../../../schemas/pack.js'
import { abortedError } from '../../storage/abort.js'
import { cachedPath } from './cache-layout.js'
import { hashFile, publishPart } from './cached-file.js'
import { WrongBytesError } from './file-target.js'
import { pickFiles } from './graph-files.js'
import { TransferError } from './http-transfer.js'
import { describeHubFile, type HubSource } from './hub.js'
import { parseSource } from './model-source.js'
import { type PartFile, releasePart, resumePart } from './part-file.js'
import type { PullOptions } from './pull-options.js'
import {
  foundRepositoryLock,
  lockPath,
  pinInRepository,
  type RepositoryLock,
  type RepositoryPin,
  readRepositoryLock,
} from './repository-lock.js'
import { serverDownload } from './server-file.js'
import { defaultRetry } from './transfer-retry.js'

type UnpinnedFile = Exclude<PackFile, PinnedFile>

/** How an entry is locked. */
export interface LockOptions extends PullOptions {
  /** Asks the hub what the revisions are now, whatever this machine has locked, and keeps no lock. */
  readonly anew?: boolean
}

/** A file that came to be hashed. */
interface Arrival {
  readonly file: UnpinnedFile
  readonly source: HubSource
  readonly commit: string
  readonly pin: RepositoryPin
  /** Where it was downloaded to, and the name it was downloaded under. */
  readonly part: PartFile
  readonly target: string
}

/**
 * Pins every file of the entry that is not pinned: to the commit that its revision names, one for all files of a
 * repository, and to the bytes that came from there, which are then in the cache. What was decided is kept in
 * `<cache>/locks`: the second time nothing is asked, and later pulls on this machine get the same bytes. An entry that
 * is pinned is returned as it is.
 *
 * Throws FldError `model_unavailable`, `model_invalid` (other bytes than the hub says), `config_invalid`, `aborted`.
 */
export async function lockEntry(entry: PackEntry, options: LockOptions): Promise<LockedEntry> {
  if (entry.files.every(isPinned)) return withPins(entry, new Map())
  const locks = new Map<string, RepositoryLock>()
  const arrivals: Arrival[] = []
  try {
    for (const file of entry.files) {
      if (isPinned(file)) continue
      const source = sourceOf(file)
      const lock = locks.get(revisionOf(source)) ?? (await openLock(source, options))
      locks.set(revisionOf(source), lock)
      if (lock.files[source.path] === undefined) arrivals.push(await fetchFile(file, source, lock.commit, options))
    }
    if (!options.anew) await remember(arrivals, options)
  } catch (thrown) {
    // What has come is hashed again by the next attempt, without being asked for.
    for (const { part, target } of arrivals) await releasePart(target, part)
    throw lockError(entry, thrown, options)
  }
  const locked = withPins(entry, pinsOf(locks, arrivals))
  await publish(locked, arrivals, options)
  return locked
}

/** The entry as this machine has locked it; null where a file of it was never pinned. Asks nobody. */
export async function knownLock(entry: PackEntry, options: PullOptions): Promise<LockedEntry | null> {
  const locks = new Map<string, RepositoryLock>()
  for (const file of entry.files) {
    if (isPinned(file)) continue
    const source = sourceOf(file)
    const lock = locks.get(revisionOf(source)) ?? (await readRepositoryLock(source, options))
    if (lock?.files[source.path] === undefined) return null
    locks.set(revisionOf(source), lock)
  }
  return withPins(entry, pinsOf(locks, []))
}

function isPinned(file: PackFile): file is PinnedFile {
  return file.sha256 !== undefined
}

function sourceOf(file: UnpinnedFile): HubSource {
  const [text = ''] = file.sources
  const source = parseSource(text)
  if (source.kind === 'hub') return source
  throw new FldError('config_invalid', `${file.path} is not pinned, and "${text}" is no file of the hub`)
}

function revisionOf({ repository, revision }: HubSource): string {
  return `${repository}@${revision}`
}

async function openLock(source: HubSource, options: LockOptions): Promise<RepositoryLock> {
  const known = options.anew ? null : await readRepositoryLock(source, options)
  if (known !== null) return known
  const { commit } = await describeHubFile(source, options, { ...defaultRetry, ...options.retry })
  if (!options.anew) return foundRepositoryLock(source, commit, options)
  return { repository: source.repository, revision: source.revision, commit, files: {} }
}

/** Downloads a file of the commit and hashes it; what the hub says of its bytes must be so. */
async function fetchFile(
  file: UnpinnedFile,
  revision: HubSource,
  commit: string,
  options: LockOptions,
): Promise<Arrival> {
  const retry = { ...defaultRetry, ...options.retry }
  const source: HubSource = { ...revision, revision: commit }
  const said = await describeHubFile(source, options, retry)
  if (said.commit !== commit) {
    throw new TransferError(`the hub answers for ${said.commit} when asked for ${commit}`, { retryable: false })
  }
  const target = join(lockPath(source, options), source.path.replaceAll('/', '+'))
  const part = await resumePart(target)
  const download = serverDownload(source, { file: file.path, source: sourceText(source), options, retry })
  const fetchFrom = async (start: number) => {
    const joined = await download({ ...part, bytes: start }, said.bytes)
    return { joined, sha256: await hashFile(part.path, 'sha256', options.signal) }
  }
  try {
    let came = await fetchFrom(part.bytes)
    if (came.joined && said.sha256 !== null && came.sha256 !== said.sha256) {
      await rm(part.path)
      came = await fetchFrom(0)
    }
    const { size: bytes } = await stat(part.path)
    if (bytes === 0 || (said.sha256 !== null && came.sha256 !== said.sha256)) {
      await rm(part.path)
      const what = bytes === 0 ? 'an empty file' : `sha256 ${came.sha256}, the hub says ${said.sha256}`
      throw new WrongBytesError(`${sourceText(source)} came as ${what}; it was thrown away`)
    }
    return { file, source: revision, commit, pin: { sha256: came.sha256, bytes }, part, target }
  } catch (thrown) {
    await releasePart(target, part)
    throw thrown
  }
}

function sourceText({ repository, revision, path }: HubSource): string {
  return `hf:${repository}@${revision}/${path}`
}

/** Locks by repository@revision, with what has arrived added. */
function pinsOf(locks: ReadonlyMap<string, RepositoryLock>, arrivals: readonly Arrival[]): Map<string, RepositoryLock> {
  const pins = new Map(locks)
  for (const { source, pin } of arrivals) {
    const lock = pins.get(revisionOf(source))
    if (lock) pins.set(revisionOf(source), { ...lock, files: { ...lock.files, [source.path]: pin } })
  }
  return pins
}

function withPins(entry: PackEntry, locks: ReadonlyMap<string, RepositoryLock>): LockedEntry {
  return { ...entry, files: entry.files.map((file) => (isPinned(file) ? file : pinned(file, locks))) }
}

function pinned(file: UnpinnedFile, locks: ReadonlyMap<string, RepositoryLock>): PinnedFile {
  const source = sourceOf(file)
  const lock = locks.get(revisionOf(source))
  const pin = lock?.files[source.path]
  if (lock === undefined || pin === undefined) throw new FldError('internal', `${file.path} was not locked`)
  return { path: file.path, ...pin, sources: [sourceText({ ...source, revision: lock.commit })] }
}

/** Puts what has arrived where a pull of the entry looks for it; files that its dtypes do not choose are dropped. */
async function publish(locked: LockedEntry, arrivals: readonly Arrival[], { cache }: LockOptions): Promise<void> {
  const picked = pickFiles(locked)
  for (const { file, part, pin } of arrivals) {
    const wanted = picked.files.find(({ path }) => path === file.path)
    if (wanted === undefined) {
      await rm(part.path, { force: true })
      continue
    }
    const path = cachedPath(picked, wanted, cache)
    await mkdir(dirname(path), { recursive: true })
    await publishPart(part.path, path, pin)
  }
}

/** Pins what has come. Somebody else may have pinned it meanwhile: a commit's bytes are the same for all, or nobody's. */
async function remember(arrivals: readonly Arrival[], options: LockOptions): Promise<void> {
  for (const { source: revision, commit, pin, part } of arrivals) {
    const source: HubSource = { ...revision, revision: commit }
    const known = await pinInRepository(source, pin, options)
    if (known.sha256 === pin.sha256 && known.bytes === pin.bytes) continue
    await rm(part.path)
    const what = `sha256 ${pin.sha256}, this machine has pinned sha256 ${known.sha256}`
    throw new WrongBytesError(`${sourceText(source)} came as ${what}; it was thrown away`)
  }
}

function lockError(entry: PackEntry, thrown: unknown, { signal }: LockOptions): unknown {
  if (signal?.aborted) return abortedError(signal, `pinning the files of "${entry.name}"`)
  if (thrown instanceof FldError) return thrown
  const code = thrown instanceof WrongBytesError ? 'model_invalid' : 'model_unavailable'
  if (!(thrown instanceof WrongBytesError) && !(thrown instanceof TransferError)) return thrown
  return new FldError(code, `Entry "${entry.name}" cannot be pinned: ${errorMessage(thrown)}`, {
    cause: thrown,
    details: { entry: entry.name },
  })
}
