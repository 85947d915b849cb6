import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { namesAllowedKeys } from '../../../schemas/allowed-keys.js'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { type Pack, type PackEntry, packSchema } from '../../../schemas/pack.js'

/** An entry of a pack, found by its `pack/entry` name. */
export interface PackedEntry {
  readonly pack: Pack
  readonly entry: PackEntry
}

/** The names of the packs that come with the engine (infra/packs), sorted. */
export async function listPacks(): Promise<string[]> {
  const files = await readdir(packsFolder())
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

/**
 * A pack by its name (`starter`) or by the path of a lock file of one's own (`./my-pack.json`).
 * Throws FldError `config_invalid`, naming the packs that are there or the key that is wrong.
 */
export async function loadPack(nameOrPath: string): Promise<Pack> {
  const path = await packPath(nameOrPath)
  const parsed = packSchema.safeParse(await readJson(path), { error: namesAllowedKeys })
  if (!parsed.success) {
    throw new FldError('config_invalid', `${path} is no model pack: ${z.prettifyError(parsed.error)}`, {
      details: { path },
    })
  }
  checkPack(parsed.data, path)
  return parsed.data
}

/** The entry that `pack/entry` names; the part before the last slash may be a path. Throws as `loadPack` does. */
export async function loadPackEntry(use: string): Promise<PackedEntry> {
  const slash = use.lastIndexOf('/')
  if (slash < 1) {
    const packs = (await listPacks()).join(', ')
    throw new FldError('config_invalid', `"${use}" names no entry of a pack: write pack/entry (packs: ${packs})`)
  }
  const pack = await loadPack(use.slice(0, slash))
  return { pack, entry: entryOf(pack, use.slice(slash + 1)) }
}

/** An entry of a pack by name. Throws FldError `config_invalid` that lists the entries there are. */
export function entryOf(pack: Pack, name: string): PackEntry {
  const entry = pack.entries.find((candidate) => candidate.name === name)
  if (entry !== undefined) return entry
  const names = pack.entries.map((candidate) => candidate.name).join(', ')
  throw new FldError('config_invalid', `pack "${pack.name}" has no entry "${name}"; it has: ${names}`)
}

async function packPath(nameOrPath: string): Promise<string> {
  if (nameOrPath.endsWith('.json') || /[\\/]/.test(nameOrPath)) return resolve(nameOrPath)
  const path = join(packsFolder(), `${nameOrPath}.json`)
  if (existsSync(path)) return path
  const packs = (await listPacks()).join(', ')
  throw new FldError(
    'config_invalid',
    `there is no pack "${nameOrPath}"; there are: ${packs}, or the path of a .json`,
    {
      details: { pack: nameOrPath },
    },
  )
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new FldError('config_invalid', `cannot read the model pack ${path}: ${errorMessage(cause)}`, { cause })
  }
}

/** What the schema cannot say: names are unique, conversions name files of theirs. */
function checkPack(pack: Pack, path: string): void {
  const refuse = (problem: string): never => {
    throw new FldError('config_invalid', `${path}: ${problem}`, { details: { path } })
  }
  const entries = new Set<string>()
  for (const entry of pack.entries) {
    if (entries.has(entry.name)) refuse(`two entries are named "${entry.name}"`)
    entries.add(entry.name)
    const downloaded = new Set(entry.files.filter((file) => 'sources' in file).map((file) => file.path))
    const paths = new Set<string>()
    for (const file of entry.files) {
      if (paths.has(file.path)) refuse(`entry "${entry.name}" has two files "${file.path}"`)
      paths.add(file.path)
      const missing = 'convert' in file ? file.convert.inputs.filter((input) => !downloaded.has(input)) : []
      if (missing.length > 0) refuse(`"${file.path}" is converted from ${missing.join(', ')}: no such downloaded file`)
    }
  }
}

/** infra/packs of this package: from src/ as from dist/src, the nearest folder upwards with a package.json. */
function packsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder)
      throw new FldError('internal', `no package.json above ${import.meta.url}: where are the packs?`)
    folder = parent
  }
  return join(folder, 'infra', 'packs')
}
