import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import type { SourceFile } from './source-file.js'

/** A file of a tar; `body` is null where it is longer than the limit. */
export interface TarMember {
  readonly name: string
  readonly bytes: number
  readonly body: Uint8Array | null
}

/** Members that stand one after another and share a key: an image and what is said about it. */
export interface TarSample {
  readonly members: readonly TarMember[]
}

/** The end of a tar that is damaged. */
export interface TarFault {
  readonly truncated: boolean
  readonly detail: string
}

export interface TarOptions {
  /** Longest member that is read, in bytes. */
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/** Names without any key in common would otherwise be held as one sample. */
const mostMembers = 64

function isHidden(name: string): boolean {
  return name.split('/').some((segment) => (segment.startsWith('.') && segment !== '.') || segment === '__MACOSX')
}

/** WebDataset's key: the path up to the first dot of its last segment. */
function keyOf(name: string): string {
  const folder = posix.dirname(name)
  return `${folder}/${posix.basename(name).split('.')[0] ?? ''}`
}

async function readBody(entry: AsyncIterable<unknown>, keep: boolean): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry) {
    if (keep && chunk instanceof Uint8Array) chunks.push(chunk)
  }
  return keep ? Buffer.concat(chunks) : null
}

/** The visible files of a tar, in its order. */
async function* tarMembers(
  file: SourceFile,
  { limit, signal }: TarOptions,
): AsyncGenerator<TarMember, void, undefined> {
  const bytes = Readable.from(file.stream({ signal }), { objectMode: false })
  const members = extract()
  // The read's own error, a store that is down for example, must not pass for a damaged tar.
  let readError: unknown = null
  bytes.on('error', (error) => {
    readError = error
    members.destroy(error)
  })
  bytes.pipe(members)
  try {
    for await (const entry of members) {
      const { name, type, size = 0 } = entry.header
      const keep = type === 'file' && !isHidden(name) && size <= limit
      const body = await readBody(entry, keep)
      if (type === 'file' && !isHidden(name)) yield { name, bytes: size, body }
    }
  } catch (error) {
    throw readError ?? error
  } finally {
    bytes.destroy()
    members.destroy()
  }
}

/**
 * The samples of a WebDataset tar (Aizman, Maltby, Breuel, "High Performance I/O for Large Scale Deep Learning", 2019:
 * files with a common name up to the first dot, one after another). Ends with a fault where the tar is damaged.
 */
export async function* tarSamples(
  file: SourceFile,
  options: TarOptions,
): AsyncGenerator<TarSample | TarFault, void, undefined> {
  let members: TarMember[] = []
  let key: string | null = null
  let fault: TarFault | null = null
  try {
    for await (const member of tarMembers(file, options)) {
      if (members.length > 0 && (keyOf(member.name) !== key || members.length >= mostMembers)) {
        yield { members }
        members = []
      }
      key = keyOf(member.name)
      members.push(member)
    }
  } catch (error) {
    if (error instanceof FldError) throw error
    const detail = errorMessage(error)
    fault = { truncated: /end of data|ended|premature/i.test(detail), detail: `${file.uri}: ${detail}` }
  }
  if (members.length > 0) yield { members }
  if (fault !== null) yield fault
}
