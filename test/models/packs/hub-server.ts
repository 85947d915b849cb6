import type { Interception, ModelServer } from './model-server.js'
import { serveFile } from './model-server.js'
import { sha256 } from './pack-fixtures.js'

/** Files of one commit by path. */
export type CommitFiles = Readonly<Record<string, Uint8Array>>

/** A repository of a hub of ours: what `main` is can be moved. */
export interface HubRepository {
  readonly name: string
  main: string
  readonly commits: Map<string, CommitFiles>
  /** The path of an address: `main` or a commit. */
  address(revision: string, path: string): string
  /** The path that a file of large file storage has on the storage's own host. */
  stored(file: Uint8Array): string
}

/** 40 hex digits, the same for the same letter. */
export function commitId(letter: string): string {
  return Buffer.from(letter).toString('hex').repeat(20).slice(0, 40)
}

/**
 * Serves a repository as the hub does: `.onnx` files and their data lie in large file storage on another host, to which
 * the hub redirects with X-Linked-Etag and X-Linked-Size; every answer names its commit in X-Repo-Commit.
 */
export function serveRepository(
  hub: ModelServer,
  storage: ModelServer,
  name: string,
  commits: Readonly<Record<string, CommitFiles>>,
): HubRepository {
  const [first = ''] = Object.keys(commits)
  const repository: HubRepository = {
    name,
    main: commitId(first),
    commits: new Map(Object.entries(commits).map(([letter, files]) => [commitId(letter), files])),
    address: (revision, path) => `/${name}/resolve/${revision}/${path}`,
    stored: (file) => `/lfs/${sha256(file)}`,
  }
  for (const files of repository.commits.values()) {
    for (const [path, file] of Object.entries(files)) {
      storage.files.set(repository.stored(file), file)
      for (const revision of ['main', ...repository.commits.keys()]) {
        hub.interceptions.set(repository.address(revision, path), serveRevision(repository, storage, revision, path))
      }
    }
  }
  return repository
}

/** The first request of a method meets another answer than the usual one. */
export function firstOf(server: ModelServer, method: string, path: string, interception: Interception): void {
  const usual = server.interceptions.get(path)
  let met = false
  server.interceptions.set(path, (request, response, count) => {
    if (request.method !== method || met) return usual?.(request, response, count) ?? false
    met = true
    return interception(request, response, count)
  })
}

function serveRevision(repository: HubRepository, storage: ModelServer, revision: string, path: string): Interception {
  return (request, response) => {
    const commit = revision === 'main' ? repository.main : revision
    const file = repository.commits.get(commit)?.[path]
    const headers = { 'x-repo-commit': commit }
    if (file === undefined || !/\.onnx/.test(path)) {
      serveFile(file, request, response, headers)
      return true
    }
    response.writeHead(302, {
      ...headers,
      location: `${storage.url}${repository.stored(file)}`,
      'x-linked-etag': `"${sha256(file)}"`,
      'x-linked-size': file.byteLength,
      etag: `"${'f'.repeat(40)}"`,
    })
    response.end()
    return true
  }
}
