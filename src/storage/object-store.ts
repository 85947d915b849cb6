/** What the store knows of an object without reading it. */
export interface ObjectInfo {
  readonly key: string
  readonly bytes: number
  /** Opaque; changes when the content does. */
  readonly etag: string
}

/** An object as a listing shows it. */
export interface ListedObject extends ObjectInfo {
  /** When it was written, in ms since 1970 by the store's clock. */
  readonly modified: number
}

export interface StoreOptions {
  readonly signal?: AbortSignal
}

/** Bytes `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The engine's view of a folder or an S3 prefix. Keys are relative, `/`-separated, never climb out.
 * An object is visible whole or not at all. Missing keys: `head` gives null, `get` and `stream` throw
 * FldError `store_missing`; a refused login or permission throws `store_denied`; what stays down after
 * retries throws `store_unavailable`; an aborted signal throws `aborted`.
 */
export interface ObjectStore {
  /** file:///... or s3://bucket/prefix, for messages. */
  readonly uri: string
  put(key: string, body: Uint8Array, options?: StoreOptions): Promise<ObjectInfo>
  /** A body of unknown length, uploaded in parts; visible only when the last part is in. */
  putStream(key: string, body: AsyncIterable<Uint8Array>, options?: StoreOptions): Promise<ObjectInfo>
  /** True for exactly one of any number of concurrent writers of the same key; never overwrites. */
  putIfAbsent(key: string, body: Uint8Array, options?: StoreOptions): Promise<boolean>
  /**
   * Replaces an object that still has this etag: true for exactly one of any number of concurrent callers that name the
   * same etag, false where the object has another by now or is gone. S3 makes its etags from the content, so what is
   * written must differ from what was there. An object that is replaced so is replaced in no other way: a folder's plain
   * `put` asks nobody. False may also stand for a replacement of ours whose answer got lost and that somebody replaced
   * again before it could be asked for; so content that tells who wrote it, or a history, says more than the answer.
   */
  replaceIf(key: string, body: Uint8Array, etag: string, options?: StoreOptions): Promise<boolean>
  get(key: string, options?: StoreOptions & { range?: ByteRange }): Promise<Uint8Array>
  stream(key: string, options?: StoreOptions): AsyncIterable<Uint8Array>
  head(key: string, options?: StoreOptions): Promise<ObjectInfo | null>
  /** Every object whose key starts with the prefix, in the order of their keys' UTF-8 bytes, page by page. */
  list(prefix: string, options?: StoreOptions & { startAfter?: string }): AsyncIterable<ListedObject>
  /** Missing keys are not an error. */
  delete(keys: readonly string[], options?: StoreOptions): Promise<void>
  close(): Promise<void>
}
