import { randomUUID } from 'node:crypto'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ObjectStore, StoreOptions } from './object-store.js'

/** One thing that a run needs of its store, and whether the store does it. */
export interface StoreCheck {
  readonly check: string
  readonly ok: boolean
  /** What was seen. */
  readonly detail: string
  /** What to do about it; empty when nothing. */
  readonly fix: string
}

const writers = 8
const body = new TextEncoder().encode('0123456789 written and removed by fld doctor')

interface Trial {
  readonly check: string
  readonly fix: string
  /** What was seen; throws when it is not as it must be. */
  readonly run: (store: ObjectStore, folder: string, options: StoreOptions) => Promise<string>
}

const conditionalFix =
  'Do not use this store: two workers could commit the same shard. AWS S3, MinIO, Cloudflare R2, Ceph and local folders honour If-None-Match: *; update the server or choose one of them.'
const replacementFix =
  'Do not keep checkpoints in this store: two promotions at once could both seem to count. AWS S3, MinIO, Ceph and local folders honour If-Match on writes; update the server or choose one of them.'
const trials: readonly Trial[] = [
  { check: 'write', fix: 'Give fld permission to write there (s3:PutObject), or choose another place.', run: write },
  { check: 'read', fix: 'Give fld permission to read there (s3:GetObject).', run: read },
  { check: 'read a range', fix: 'The server must support Range requests; choose another one.', run: readRange },
  { check: 'list', fix: 'Give fld permission to list there (s3:ListBucket).', run: list },
  { check: 'second write is refused', fix: conditionalFix, run: refuseSecond },
  { check: 'one of concurrent writers wins', fix: conditionalFix, run: oneWinner },
  { check: 'late replacement is refused', fix: replacementFix, run: refuseLate },
  { check: 'one of concurrent replacements wins', fix: replacementFix, run: oneReplacement },
]

/**
 * Does to the store what a run will do, in a folder of its own that is removed afterwards: `fld doctor` shows the
 * result. After the first thing that fails with an error of the store itself the rest still runs, to show all that is
 * wrong. Throws FldError `aborted` only.
 */
export async function checkStore(store: ObjectStore, { signal }: StoreOptions = {}): Promise<StoreCheck[]> {
  const folder = `doctor/${randomUUID()}`
  const options = signal === undefined ? {} : { signal }
  const results: StoreCheck[] = []
  try {
    for (const trial of trials) results.push(await tried(trial, store, folder, options))
  } finally {
    results.push(await cleanedUp(store, folder))
  }
  return results
}

async function tried(trial: Trial, store: ObjectStore, folder: string, options: StoreOptions): Promise<StoreCheck> {
  const { check, fix, run } = trial
  try {
    return { check, ok: true, detail: await run(store, folder, options), fix: '' }
  } catch (error) {
    if (error instanceof FldError && error.code === 'aborted') throw error
    return { check, ok: false, detail: errorMessage(error), fix }
  }
}

async function write(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const { bytes } = await store.put(`${folder}/object`, body, options)
  return `${bytes} bytes to ${store.uri}`
}

async function read(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  return expectBytes(await store.get(`${folder}/object`, options), body)
}

async function readRange(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const range = { start: 3, end: 7 }
  return expectBytes(await store.get(`${folder}/object`, { ...options, range }), body.subarray(3, 7))
}

async function list(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const keys: string[] = []
  for await (const { key } of store.list(`${folder}/`, options)) keys.push(key)
  if (keys.length !== 1 || keys[0] !== `${folder}/object`) throw mismatch(`one key was written, listed: [${keys}]`)
  return '1 key written, the same listed'
}

async function refuseSecond(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const first = await store.putIfAbsent(`${folder}/once`, body, options)
  const second = await store.putIfAbsent(`${folder}/once`, body, options)
  if (!first) throw mismatch('a write to a new key was refused')
  if (second) throw mismatch('a second write of the same key was accepted, though it asked to be refused')
  return 'the second "write if absent" of a key was refused'
}

async function oneWinner(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const key = `${folder}/race`
  return race(store, key, (content) => store.putIfAbsent(key, content, options), options)
}

async function race(
  store: ObjectStore,
  key: string,
  write: (content: Uint8Array) => Promise<boolean>,
  options: StoreOptions,
): Promise<string> {
  const contents = Array.from({ length: writers }, (_, writer) => contentOf(`writer ${writer}`))
  const won = await Promise.all(contents.map(write))
  const winners = contents.filter((_, writer) => won[writer])
  const [winner] = winners
  if (winner === undefined || winners.length > 1) throw mismatch(`${winners.length} of ${writers} writers won`)
  expectBytes(await store.get(key, options), winner)
  return `1 of ${writers} concurrent writers won, and its content is there`
}

async function refuseLate(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const key = `${folder}/replaced`
  const { etag } = await store.put(key, body, options)
  const first = await store.replaceIf(key, contentOf('first'), etag, options)
  const second = await store.replaceIf(key, contentOf('second'), etag, options)
  if (!first) throw mismatch('a replacement of what had not changed was refused')
  if (second) throw mismatch('a replacement of what had changed meanwhile was accepted, though it asked to be refused')
  return 'a "replace if unchanged" of what had changed was refused'
}

async function oneReplacement(store: ObjectStore, folder: string, options: StoreOptions): Promise<string> {
  const key = `${folder}/replacements`
  const { etag } = await store.put(key, body, options)
  return race(store, key, (content) => store.replaceIf(key, content, etag, options), options)
}

/** Not under the caller's signal: what was written must go also when the check was stopped. */
async function cleanedUp(store: ObjectStore, folder: string): Promise<StoreCheck> {
  const check = 'delete'
  try {
    await store.delete(['object', 'once', 'race', 'replaced', 'replacements'].map((name) => `${folder}/${name}`))
    return { check, ok: true, detail: 'what was written was removed', fix: '' }
  } catch (error) {
    const fix = `Give fld permission to delete there (s3:DeleteObject), and remove ${store.uri}/${folder}.`
    return { check, ok: false, detail: errorMessage(error), fix }
  }
}

function contentOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function expectBytes(got: Uint8Array, wanted: Uint8Array): string {
  if (Buffer.compare(got, wanted) !== 0) throw mismatch(`${wanted.length} bytes were expected, other ones came back`)
  return `${got.length} bytes came back as written`
}

function mismatch(what: string): FldError {
  return new FldError('store_corrupt', what)
}
