import { FldError } from '../../schemas/errors.js'
import { type DtypeChoice, packEntrySchema } from '../../schemas/pack.js'
import { cachedPath } from '../models/packs/cache-layout.js'
import { TransferError } from '../models/packs/http-transfer.js'
import { lockEntry } from '../models/packs/lock-entry.js'
import { parseSource } from '../models/packs/model-source.js'
import { pullEntry } from '../models/packs/pull.js'
import type { PullOptions } from '../models/packs/pull-options.js'
import { florence2Layout } from '../rounds/index.js'
import { dtypeChoice } from './dtype-choice.js'
import type { FoundCheckpoint, SourceOptions } from './found-checkpoint.js'
import { pullReporter } from './pull-view.js'

/** A repository of the hub as `fld checkpoint add` names it. */
interface HubCheckpoint {
  readonly repository: string
  readonly revision: string
  readonly dtype: DtypeChoice
}

/** Some of a repository's files in the cache. */
interface PulledFiles {
  readonly files: ReadonlyMap<string, string>
  /** 40 hex digits. */
  readonly commit: string
}

/**
 * The checkpoint of a repository of the hub, in the cache: pulled as the files of a pack are, so that it is pinned to a
 * commit, asks nobody the second time, and is sent the token where one is set. Throws FldError `config_invalid`, and as
 * `pullEntry` does.
 */
export async function hubCheckpoint(
  location: string,
  { environment, dtype, signal }: SourceOptions,
): Promise<FoundCheckpoint> {
  const asked = parseHub(location, dtype)
  const layout = florence2Layout(asked.dtype)
  const pull: PullOptions = { ...(await environment.pullOptions()), signal, onProgress: pullReporter() }
  const required = await pullFiles(asked, layout.required, pull)
  const files = new Map(required.files)
  for (const path of layout.optional) {
    const { files: found } = await pullFiles({ ...asked, dtype: 'fp32' }, [path], pull).catch(absentFile)
    for (const [name, local] of found) files.set(name, local)
  }
  return { files, source: `hf:${asked.repository}@${required.commit}`, dtype: asked.dtype }
}

function parseHub(location: string, flag: DtypeChoice | undefined): HubCheckpoint {
  const [, repository, revision = 'main', suffix] =
    /^hf:([^/@:]+\/[^/@:]+)(?:@([^/:]+))?(?::(.+))?$/.exec(location) ?? []
  if (repository === undefined) {
    throw new FldError('config_invalid', `"${location}" is no repository of the hub: hf:owner/repo[@revision][:dtype]`)
  }
  if (suffix !== undefined && flag !== undefined) {
    throw new FldError('config_invalid', `${location} names a dtype, and --dtype does too: give it once`)
  }
  return { repository, revision, dtype: suffix === undefined ? (flag ?? 'fp32') : dtypeChoice(suffix) }
}

async function pullFiles(
  { repository, revision, dtype }: HubCheckpoint,
  paths: readonly string[],
  pull: PullOptions,
): Promise<PulledFiles> {
  const entry = packEntrySchema.parse({
    name: 'florence2-checkpoint',
    annotator: 'florence2',
    family: 'florence2',
    licence: 'unknown',
    dtype,
    files: paths.map((path) => ({ path, sources: [`hf:${repository}@${revision}/${path}`] })),
  })
  const locked = await lockEntry(entry, pull)
  await pullEntry(locked, pull)
  const [first] = locked.files
  const source = first !== undefined && 'sources' in first ? parseSource(first.sources[0] ?? '') : null
  if (source?.kind !== 'hub') throw new FldError('internal', `${repository} was locked without a commit`)
  const files = new Map(locked.files.map((file) => [file.path, cachedPath(locked, file, pull.cache)]))
  return { files, commit: source.revision }
}

/** No files where the hub says that there is none of this name; any other failure stays one. */
function absentFile(error: unknown): Pick<PulledFiles, 'files'> {
  const cause = error instanceof FldError ? error.cause : undefined
  if (cause instanceof TransferError && (cause.status === 404 || cause.status === 410)) return { files: new Map() }
  throw error
}
