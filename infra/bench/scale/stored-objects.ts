import type { ListedObject, ObjectInfo } from '../../../src/storage/object-store.js'

/** An object and what was known of it when it was written. */
interface StoredObject {
  readonly body: Uint8Array
  readonly etag: string
  readonly modified: number
}

/** The objects of one folder by their keys; their order is made when it is asked for. */
interface Folder {
  readonly objects: Map<string, StoredObject>
  sorted: string[] | null
}

/** Objects of a page of a listing, as S3 has it. */
const pageSize = 1_000

/** Objects in memory, listed in the order of their keys, which are ASCII here. */
export class StoredObjects {
  readonly #folders = new Map<string, Folder>()
  #version = 0

  put(key: string, body: Uint8Array): ObjectInfo {
    const folder = this.#folder(key)
    if (!folder.objects.has(key)) folder.sorted = null
    const etag = String(++this.#version)
    folder.objects.set(key, { body, etag, modified: Date.now() })
    return { key, bytes: body.byteLength, etag }
  }

  get(key: string): StoredObject | null {
    return this.#folder(key).objects.get(key) ?? null
  }

  delete(key: string): void {
    const folder = this.#folder(key)
    if (folder.objects.delete(key)) folder.sorted = null
  }

  /** The objects after a key whose keys start with the prefix: a page at most. */
  page(prefix: string, startAfter: string): ListedObject[] {
    const keys: string[] = []
    for (const [name, folder] of this.#folders) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) keys.push(...keysAfter(folder, prefix, startAfter))
    }
    return keys
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, pageSize)
      .flatMap((key) => {
        const object = this.get(key)
        if (object === null) return []
        return [{ key, bytes: object.body.byteLength, etag: object.etag, modified: object.modified }]
      })
  }

  #folder(key: string): Folder {
    const name = key.slice(0, key.lastIndexOf('/') + 1)
    const found = this.#folders.get(name) ?? { objects: new Map<string, StoredObject>(), sorted: null }
    this.#folders.set(name, found)
    return found
  }
}

function keysAfter(folder: Folder, prefix: string, startAfter: string): string[] {
  folder.sorted ??= [...folder.objects.keys()].sort((a, b) => (a < b ? -1 : 1))
  const { sorted } = folder
  const keys: string[] = []
  for (let index = firstFrom(sorted, prefix, startAfter); index < sorted.length && keys.length < pageSize; index++) {
    const key = sorted[index] ?? ''
    if (!key.startsWith(prefix)) break
    keys.push(key)
  }
  return keys
}

/** Where the keys begin that are not before the prefix and behind `startAfter`. */
function firstFrom(sorted: readonly string[], prefix: string, startAfter: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const key = sorted[middle] ?? ''
    if (key < prefix || key <= startAfter) low = middle + 1
    else high = middle
  }
  return low
}
