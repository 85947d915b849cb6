import { fileURLToPath } from 'node:url'
import { FldError } from '../../../schemas/errors.js'

/** Where the bytes of a model file are, as a pack's `sources` line says it. */
export type ModelSource =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'npm'; readonly package: string; readonly version: string; readonly path: string }
  | { readonly kind: 'hub'; readonly repository: string; readonly revision: string; readonly path: string }
  | { readonly kind: 'http'; readonly url: URL }
  | { readonly kind: 's3'; readonly location: string; readonly key: string }
  | { readonly kind: 'file'; readonly path: string }

/** Takes a source apart. Throws FldError `config_invalid` for what is no source. */
export function parseSource(source: string): ModelSource {
  const parsed =
    parseFolder(source) ??
    parseNpm(source) ??
    parseHub(source) ??
    parseUrl(source) ??
    parseS3(source) ??
    parseFile(source)
  if (parsed !== null) return parsed
  throw new FldError(
    'config_invalid',
    `"${source}" is no model source: folder:path, npm:package@version/path, hf:owner/repo@revision/path, https://..., s3://bucket/key or file:///path`,
  )
}

function parseFolder(source: string): ModelSource | null {
  const path = /^folder:(.+)$/.exec(source)?.[1]
  return path === undefined || path.split('/').includes('..') ? null : { kind: 'folder', path }
}

function parseNpm(source: string): ModelSource | null {
  const [, name, version, path] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)\/(.+)$/.exec(source) ?? []
  if (name === undefined || version === undefined || path === undefined) return null
  return { kind: 'npm', package: name, version, path }
}

function parseHub(source: string): ModelSource | null {
  const [, repository, revision, path] = /^hf:([^@]+)@([^/]+)\/(.+)$/.exec(source) ?? []
  if (repository === undefined || revision === undefined || path === undefined) return null
  return { kind: 'hub', repository, revision, path }
}

function parseUrl(source: string): ModelSource | null {
  return /^https?:\/\//.test(source) && URL.canParse(source) ? { kind: 'http', url: new URL(source) } : null
}

/** Taken as it is written, without percent-encoding: as `openStore` takes its location. */
function parseS3(source: string): ModelSource | null {
  const [, location, key] = /^(s3:\/\/.+)\/([^/]+)$/.exec(source) ?? []
  return location === undefined || key === undefined ? null : { kind: 's3', location, key }
}

/** A file: URL with an absolute path, percent-encoded as `pathToFileURL` does it. */
function parseFile(source: string): ModelSource | null {
  if (!source.startsWith('file:///')) return null
  try {
    return { kind: 'file', path: fileURLToPath(source) }
  } catch {
    // An encoded slash, or a broken encoding.
    return null
  }
}
