import { randomUUID } from 'node:crypto'

/** Marks an object as written by one call, so that this call can tell its own write from another's. */
export type WriterToken = string

const metadataName = 'fld-writer'

export function newWriterToken(): WriterToken {
  return randomUUID()
}

/** The token as object metadata: it becomes visible together with the content, by the same atomic write. */
export function writerMetadata(token: WriterToken): Record<string, string> {
  return { [metadataName]: token }
}

/** True when the object with this metadata was written by the call that has the token. */
export function isWrittenBy(token: WriterToken, metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.[metadataName] === token
}
