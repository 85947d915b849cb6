import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { LockedEntry, PinnedFile } from '../../../schemas/pack.js'

/** models/<entry>-<digest of what it pins>/<path>: another lock file's entry of the same name lies elsewhere. */
export function cachedPath(entry: LockedEntry, file: PinnedFile, cache: string): string {
  const pinned = entry.files.map(({ path, sha256 }) => `${sha256} ${path}`).join('\n')
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 12)
  return join(cache, 'models', `${entry.name}-${digest}`, ...file.path.split('/'))
}
