import { readdir } from 'node:fs/promises'
import { FldError } from '../../../schemas/errors.js'
import { fileError } from '../../storage/file-errors.js'
import { compareKeys } from '../../storage/object-key.js'
import type { ObjectInfo } from '../../storage/object-store.js'
import { bucketPlace, folderOf, type Locations } from './locations.js'
import type { SourceFile } from './source-file.js'

const mostExpanded = 100_000

function numberRange(first: string, last: string): string[] {
  const [from, to] = [Number(first), Number(last)]
  if (to < from || to - from >= mostExpanded) throw invalid(`{${first}..${last}}`, 'is no range that counts up')
  const width = first.startsWith('0') ? first.length : 0
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(width, '0'))
}

function invalid(pattern: string, fault: string): FldError {
  return new FldError(
    'source_invalid',
    `${pattern} ${fault}; a pattern of tars is like data/part-{000..099}.tar or data/*.tar`,
  )
}

/** The names of a pattern with braces, `{a,b}` and `{000..099}`, one after another, not one in another. */
export function expandBraces(pattern: string): string[] {
  const match = /\{([^{}]*)\}/.exec(pattern)
  if (match === null) return [pattern]
  const [whole, inner = ''] = match
  const range = /^(\d+)\.\.(\d+)$/.exec(inner)
  const choices =
    range?.[1] !== undefined && range[2] !== undefined ? numberRange(range[1], range[2]) : inner.split(',')
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + whole.length)]
  if (/[{}]/.test(before)) throw invalid(pattern, 'has braces within braces')
  const rests = expandBraces(after)
  if (choices.length * rests.length > mostExpanded) throw invalid(pattern, `names more than ${mostExpanded} files`)
  return choices.flatMap((choice) => rests.map((rest) => `${before}${choice}${rest}`))
}

/** Whether a spec names files by `*`, `?` or braces. */
export function isPattern(spec: string): boolean {
  return /[*?{]/.test(spec)
}

function nameTest(wildcard: string): (name: string) => boolean {
  const escaped = wildcard
    .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${escaped}$`, 's')
  return (name) => expression.test(name)
}

async function localMatches(folder: string, matches: (name: string) => boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(matches).map((name) => `${folder}/${name}`)
  } catch (error) {
    throw fileError(error, { action: 'listing', path: folder })
  }
}

async function bucketMatches(
  locations: Locations,
  folder: string,
  matches: (name: string) => boolean,
): Promise<(readonly [uri: string, info: ObjectInfo])[]> {
  const place = bucketPlace(folder)
  if (place === null) return []
  const prefix = place.key === '' ? '' : `${place.key.replace(/\/$/, '')}/`
  const store = await locations.bucket(place.bucket)
  const found: (readonly [string, ObjectInfo])[] = []
  for await (const info of store.list(prefix)) {
    const name = info.key.slice(prefix.length)
    if (!name.includes('/') && matches(name)) found.push([`s3://${place.bucket}/${info.key}`, info])
  }
  return found
}

/**
 * The tars that a pattern names, by their names' UTF-8 bytes, each once: braces anywhere, `*` and `?` in the last
 * segment. Throws FldError `source_invalid` where a wildcard matches nothing; a name without one need not exist yet.
 */
export async function findTars(pattern: string, locations: Locations): Promise<SourceFile[]> {
  const infos = new Map<string, ObjectInfo | undefined>()
  for (const name of expandBraces(pattern)) {
    const folder = folderOf(name)
    if (/[*?]/.test(folder)) throw invalid(pattern, 'has a wildcard before its last "/"')
    const last = name.slice(name.lastIndexOf('/') + 1)
    if (!/[*?]/.test(last)) {
      infos.set(name, undefined)
    } else if (bucketPlace(folder) === null) {
      for (const path of await localMatches(folder, nameTest(last))) infos.set(path, undefined)
    } else {
      for (const [uri, info] of await bucketMatches(locations, folder, nameTest(last))) infos.set(uri, info)
    }
  }
  if (infos.size === 0) throw invalid(pattern, 'matches no file')
  const sorted = [...infos].sort(([a], [b]) => compareKeys(a, b))
  return Promise.all(sorted.map(([uri, info]) => locations.file(uri, info)))
}
