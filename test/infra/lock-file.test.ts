import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

async function lockedPackages(): Promise<Readonly<Record<string, LockedPackage>>> {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
    await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'),
  )
  return lock.packages
}

/** A registry mirror that lacks a platform's package makes npm leave it out of the lock, and `npm ci` refuse it. */
describe('package-lock.json', () => {
  it('names the packages of every platform, not only of the machine that wrote it', async () => {
    const packages = await lockedPackages()
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !placesOf(path, name).some((place) => place in packages)),
    )
    expect(missing).toEqual([])
  })

  it('pins a version of every package', async () => {
    const packages = await lockedPackages()
    const unpinned = Object.keys(packages).filter((path) => path !== '' && packages[path]?.version === undefined)
    expect(unpinned).toEqual([])
  })
})

/** Where Node would look for a package that another one asks for: beside it, then outwards. */
function placesOf(path: string, name: string): string[] {
  const places: string[] = []
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (folder === '') break
    places.push(`${folder}/node_modules/${name}`)
    if (!folder.includes('/node_modules/')) break
  }
  return [...places, `node_modules/${name}`]
}
