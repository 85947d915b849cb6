import type { Pack, PackEntry } from '../../schemas/pack.js'
import type { PullOptions } from './pull-options.js'

/** Local paths of an entry's model files, by their path in the pack. */
export type LocalFiles = ReadonlyMap<string, string>

/** What `verifyEntry` found of one file. */
export interface FileCheck {
  readonly file: string
  readonly state: 'ok' | 'missing' | 'corrupt'
  readonly path: string
}

export async function pullEntry(entry: PackEntry, options: PullOptions): Promise<LocalFiles> {
  throw new Error(`not there yet: ${entry.name} ${options.cache}`)
}

export async function pullPack(pack: Pack, options: PullOptions): Promise<ReadonlyMap<string, LocalFiles>> {
  throw new Error(`not there yet: ${pack.name} ${options.cache}`)
}

export async function verifyEntry(entry: PackEntry, options: { readonly cache: string }): Promise<FileCheck[]> {
  throw new Error(`not there yet: ${entry.name} ${options.cache}`)
}
