import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { hashFile } from './cached-file.js'
import { download } from './download.js'
import { connectionError, httpGet, TransferError } from './http-transfer.js'
import { type NpmSettings, registryOf, tokenFor } from './npm-settings.js'
import { releasePart, resumePart } from './part-file.js'
import type { RetrySettings } from './pull-options.js'
import { withRetries } from './transfer-retry.js'

const publicHost = 'registry.npmjs.org'

const packumentSchema = z.object({
  versions: z.record(
    z.string(),
    z.object({
      dist: z.object({ tarball: z.url(), integrity: z.string().optional(), shasum: z.string().optional() }),
    }),
  ),
})

interface Tarball {
  readonly url: URL
  readonly algorithm: string
  /** Hex. */
  readonly digest: string
}

export interface NpmPackageRequest {
  readonly package: string
  readonly version: string
  readonly npm: NpmSettings
  /** Folder that tarballs lie in while they are needed. */
  readonly folder: string
  readonly onBytes: (receivedBytes: number, totalBytes: number | null) => void
  readonly retry: RetrySettings
  readonly signal: AbortSignal | undefined
}

/**
 * Downloads a package from its registry, checks it against the registry's integrity value and hands its tarball, on
 * disk, to `use`; removes it afterwards. A download that was cut is kept and continued by the next call.
 * Throws TransferError.
 */
export async function withTarball<T>(request: NpmPackageRequest, use: (path: string) => Promise<T>): Promise<T> {
  const tarball = await findTarball(request)
  const target = join(request.folder, `${request.package.replace('/', '+')}-${request.version}.tgz`)
  const part = await resumePart(target)
  const authorization = authorizationOf(request.npm)
  const fetchPart = (bytes: number) =>
    download({ ...request, url: tarball.url, part: { ...part, bytes }, bytes: null, authorization })
  try {
    let joined = await fetchPart(part.bytes)
    let digest = await hashFile(part.path, tarball.algorithm, request.signal)
    if (digest !== tarball.digest && joined) {
      await rm(part.path)
      joined = await fetchPart(0)
      digest = await hashFile(part.path, tarball.algorithm, request.signal)
    }
    if (digest !== tarball.digest) {
      await rm(part.path)
      throw new TransferError(`${tarball.url} is not what the registry's ${tarball.algorithm} says`, {
        retryable: false,
      })
    }
  } catch (thrown) {
    await releasePart(target, part)
    throw thrown
  }
  return use(part.path).finally(() => rm(part.path, { force: true }))
}

/** Writes members of a package's tarball to files, by their path in the package. Returns those that were there. */
export async function unpackMembers(
  tarball: string,
  destinations: ReadonlyMap<string, string>,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const found = new Set<string>()
  const entries = extract()
  const unpacking = pipeline(createReadStream(tarball), createGunzip(), entries, signal === undefined ? {} : { signal })
  // Whoever reads the entries sees the failure too; this one must not be unhandled meanwhile.
  unpacking.catch(() => undefined)
  for await (const entry of entries) {
    // Every path in an npm tarball starts with one folder, most often "package".
    const member = entry.header.name.replace(/^[^/]+\//, '')
    const destination = destinations.get(member)
    if (destination === undefined || entry.header.type !== 'file') {
      entry.resume()
      continue
    }
    await pipeline(entry, createWriteStream(destination))
    found.add(member)
  }
  await unpacking
  return found
}

/** The version's tarball, from the registry's document of the package. */
async function findTarball(request: NpmPackageRequest): Promise<Tarball> {
  const { package: name, version } = request
  const registry = registryOf(request.npm, name)
  const url = new URL(`${registry}/${name.replace('/', '%2f')}`)
  const packument = packumentSchema.safeParse(await getJson(url, request))
  if (!packument.success) throw new TransferError(`${url} is no npm package document`, { retryable: false })
  const dist = packument.data.versions[version]?.dist
  if (dist === undefined) throw new TransferError(`${registry} has no ${name}@${version}`, { retryable: false })
  return { url: onRegistry(new URL(dist.tarball), registry), ...digestOf(dist, `${name}@${version}`) }
}

/** As npm does: a mirror's documents may still name the public host; the tarball is asked from the mirror. */
function onRegistry(tarball: URL, registry: string): URL {
  if (tarball.host !== publicHost || new URL(registry).host === publicHost) return tarball
  return new URL(`${registry}${tarball.pathname}`)
}

function digestOf(dist: { integrity?: string | undefined; shasum?: string | undefined }, what: string) {
  const [, algorithm, base64] = /\b(sha512|sha384|sha256)-([A-Za-z0-9+/=]+)/.exec(dist.integrity ?? '') ?? []
  if (algorithm !== undefined && base64 !== undefined) {
    return { algorithm, digest: Buffer.from(base64, 'base64').toString('hex') }
  }
  if (dist.shasum !== undefined) return { algorithm: 'sha1', digest: dist.shasum }
  throw new TransferError(`the registry gives no integrity value for ${what}`, { retryable: false })
}

async function getJson(url: URL, request: NpmPackageRequest): Promise<unknown> {
  const { retry, signal } = request
  const attempt = async () => {
    const response = await httpGet({
      url,
      // The short form of a package document: versions and where they are.
      headers: { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8' },
      authorization: authorizationOf(request.npm),
      signal: AbortSignal.any([AbortSignal.timeout(retry.stallMs), ...(signal === undefined ? [] : [signal])]),
    })
    return bodyJson(response, url)
  }
  return withRetries(attempt, { retry, signal, action: `asking ${url}` })
}

async function bodyJson(response: Response, url: URL): Promise<unknown> {
  const text = await response.text().catch((thrown: unknown) => {
    throw connectionError(url, thrown)
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TransferError(`${url} answers something that is no JSON`, { retryable: false, cause })
  }
}

function authorizationOf(npm: NpmSettings): (url: URL) => string | null {
  return (url) => {
    const token = tokenFor(npm, url)
    return token === null ? null : `Bearer ${token}`
  }
}
