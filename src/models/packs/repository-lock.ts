import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { type HubSource, hubEndpoint } from './hub.js'
import { newPart } from './part-file.js'
import type { PullOptions } from './pull-options.js'

const commitSchema = z.object({
  repository: z.string(),
  revision: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
})

const pinSchema = z.object({ path: z.string(), sha256: z.string(), bytes: z.number().int().positive() })

/** The bytes that a file of a commit has. */
export type RepositoryPin = Pick<z.infer<typeof pinSchema>, 'sha256' | 'bytes'>

/** What a revision of a repository was taken to mean: one commit for all its files, and the bytes that came of each. */
export interface RepositoryLock extends z.infer<typeof commitSchema> {
  readonly files: Readonly<Record<string, RepositoryPin>>
}

type Place = Pick<PullOptions, 'cache' | 'hubEndpoint'>

/**
 * Where the cache says what a revision is on this machine, `<cache>/locks/<host>/<owner>+<repo>@<revision>`: with `.json`
 * the commit that it names, and as a folder, of a commit, one file for each of its files that is pinned. All of these are
 * written once and never changed, so that processes need no lock among themselves. Another endpoint's repository of the
 * same name is another one.
 */
export function lockPath(source: HubSource, place: Place): string {
  const host = new URL(hubEndpoint(place)).host.replace(/[^A-Za-z0-9.-]/g, '_')
  return join(place.cache, 'locks', host, `${source.repository.replaceAll('/', '+')}@${source.revision}`)
}

/** Null where nothing is locked yet. Throws FldError `config_invalid` for a file that is no lock. */
export async function readRepositoryLock(source: HubSource, place: Place): Promise<RepositoryLock | null> {
  const found = await readRecord(`${lockPath(source, place)}.json`, commitSchema)
  if (found === null) return null
  const folder = lockPath({ ...source, revision: found.commit }, place)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(pinSuffix))
  const pins = await Promise.all(names.map((name) => readRecord(join(folder, name), pinSchema)))
  const files = pins.flatMap((pin) => (pin === null ? [] : [[pin.path, pinOf(pin)] as const]))
  return { ...found, files: Object.fromEntries(files) }
}

/** Decides what a revision is, once: whoever comes second is given what the first decided. */
export async function foundRepositoryLock(source: HubSource, commit: string, place: Place): Promise<RepositoryLock> {
  const { repository, revision } = source
  await writeOnce(`${lockPath(source, place)}.json`, { repository, revision, commit })
  return (await readRepositoryLock(source, place)) ?? { repository, revision, commit, files: {} }
}

/** Pins a file of a commit (the revision of `source`), once: whoever comes second is given what the first pinned. */
export async function pinInRepository(source: HubSource, pin: RepositoryPin, place: Place): Promise<RepositoryPin> {
  const path = join(lockPath(source, place), `${encodeURIComponent(source.path)}${pinSuffix}`)
  await writeOnce(path, { path: source.path, ...pin })
  return pinOf((await readRecord(path, pinSchema)) ?? pin)
}

/** Parts of downloads lie in the same folder. */
const pinSuffix = '.pin.json'

function pinOf({ sha256, bytes }: RepositoryPin): RepositoryPin {
  return { sha256, bytes }
}

async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new FldError('config_invalid', `${path} is no lock of a repository, delete it: ${errorMessage(cause)}`, {
      cause,
    })
  }
}

/** Writes a whole file, or leaves the one that is there. */
async function writeOnce(path: string, record: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const part = await newPart(path)
  try {
    await writeFile(part.path, `${JSON.stringify(record, null, 1)}\n`)
    await link(part.path, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(part.path, { force: true })
  }
}
