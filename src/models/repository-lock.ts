import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type HubSource, hubEndpoint } from './hub.js'
import { newPart } from './part-file.js'
import type { PullOptions } from './pull-options.js'

const lockSchema = z.object({
  repository: z.string(),
  revision: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number().int().positive() })),
})

/** What a revision of a repository was taken to mean: one commit for all its files, and the bytes that came of each. */
export type RepositoryLock = z.infer<typeof lockSchema>

type Place = Pick<PullOptions, 'cache' | 'hubEndpoint'>

/**
 * The folder of the cache that says what a revision is on this machine, `<cache>/locks/<host>/<owner>+<repo>@<revision>`
 * with `.json` for the lock itself. Another endpoint's repository of the same name is another one.
 */
export function lockPath(source: HubSource, place: Place): string {
  const host = new URL(hubEndpoint(place)).host.replace(/[^A-Za-z0-9.-]/g, '_')
  return join(place.cache, 'locks', host, `${source.repository.replaceAll('/', '+')}@${source.revision}`)
}

/** Null where nothing is locked yet. Throws FldError `config_invalid` for a file that is no lock. */
export async function readRepositoryLock(source: HubSource, place: Place): Promise<RepositoryLock | null> {
  const path = `${lockPath(source, place)}.json`
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return lockSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new FldError('config_invalid', `${path} is no lock of a repository, delete it: ${errorMessage(cause)}`, {
      cause,
    })
  }
}

/** Decides what a revision is, once: whoever comes second is given what the first decided. */
export async function foundRepositoryLock(source: HubSource, commit: string, place: Place): Promise<RepositoryLock> {
  const { repository, revision } = source
  const path = `${lockPath(source, place)}.json`
  const lock: RepositoryLock = { repository, revision, commit, files: {} }
  const part = await writePart(path, lock)
  await link(part, path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  await rm(part, { force: true })
  return (await readRepositoryLock(source, place)) ?? lock
}

/** Adds files to the lock of their commit. */
export async function addToRepositoryLock(
  source: HubSource,
  files: RepositoryLock['files'],
  place: Place,
): Promise<void> {
  const lock = await readRepositoryLock(source, place)
  if (lock === null) return
  const path = `${lockPath(source, place)}.json`
  await rename(await writePart(path, { ...lock, files: { ...lock.files, ...files } }), path)
}

async function writePart(path: string, lock: RepositoryLock): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  const part = await newPart(path)
  await writeFile(part.path, `${JSON.stringify(lock, null, 1)}\n`)
  return part.path
}
