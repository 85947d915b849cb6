import { httpHead, TransferError } from './http-transfer.js'
import type { ModelSource } from './model-source.js'
import type { PullOptions, RetrySettings } from './pull-options.js'
import { withRetries } from './transfer-retry.js'

export type HubSource = Extract<ModelSource, { kind: 'hub' }>

/** What the hub says of a file without sending it. */
export interface HubFile {
  /** The commit that the revision names now: 40 hex digits. */
  readonly commit: string
  /** Of files in large file storage, else null. */
  readonly sha256: string | null
  readonly bytes: number | null
}

const defaultHub = 'https://huggingface.co'

export function hubEndpoint({ hubEndpoint: endpoint = defaultHub }: Pick<PullOptions, 'hubEndpoint'>): string {
  return endpoint.replace(/\/+$/, '')
}

/** The address of a hub file: endpoint/owner/repo/resolve/revision/path. */
export function hubUrl(endpoint: string, source: HubSource): URL {
  const path = [...source.repository.split('/'), 'resolve', source.revision, ...source.path.split('/')]
  return new URL(`${endpoint.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`)
}

/** The Authorization header for an address: the hub's token goes to the endpoint's own origin only. */
export function hubAuthorization(options: PullOptions): (url: URL) => string | null {
  const { origin } = new URL(hubEndpoint(options))
  return (url) => (options.hubToken && url.origin === origin ? `Bearer ${options.hubToken}` : null)
}

/**
 * Asks for the headers of a file, as huggingface_hub does (get_hf_file_metadata): X-Repo-Commit, and X-Linked-Etag and
 * X-Linked-Size of what lies in large file storage. Throws TransferError.
 */
export async function describeHubFile(source: HubSource, options: PullOptions, retry: RetrySettings): Promise<HubFile> {
  const url = hubUrl(hubEndpoint(options), source)
  const ask = () =>
    httpHead({
      url,
      headers: { 'accept-encoding': 'identity' },
      authorization: hubAuthorization(options),
      signal: AbortSignal.any([
        AbortSignal.timeout(retry.stallMs),
        ...(options.signal === undefined ? [] : [options.signal]),
      ]),
    })
  const headers = await withRetries(ask, { retry, signal: options.signal, action: `asking for ${url}` })
  const commit = headers.get('x-repo-commit') ?? ''
  if (!/^[0-9a-f]{40}$/.test(commit)) {
    throw new TransferError(`${url} does not say its commit (X-Repo-Commit is "${commit}"): nothing can be pinned`, {
      retryable: false,
    })
  }
  const etag = (headers.get('x-linked-etag') ?? '').replace(/^(W\/)?"(.*)"$/, '$2')
  const size = headers.get('x-linked-size') ?? ''
  return {
    commit,
    sha256: /^[0-9a-f]{64}$/.test(etag) ? etag : null,
    bytes: /^[1-9]\d*$/.test(size) ? Number(size) : null,
  }
}
