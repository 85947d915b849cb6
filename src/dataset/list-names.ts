import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** The names of the folders right below a prefix that ends in "/", sorted as keys are: from one skip to the next, whatever each of them holds. */
export async function listNames(store: ObjectStore, prefix: string, options: StoreOptions = {}): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const last = names.at(-1)
    // The character after "/" sorts behind everything under the folder.
    const startAfter = last === undefined ? {} : { startAfter: `${prefix}${last}0` }
    const next = await firstKey(store, prefix, { ...options, ...startAfter })
    if (next === null) return names
    names.push(next.slice(prefix.length).split('/', 1)[0] ?? '')
  }
}

async function firstKey(
  store: ObjectStore,
  prefix: string,
  options: StoreOptions & { startAfter?: string },
): Promise<string | null> {
  for await (const { key } of store.list(prefix, options)) return key
  return null
}
