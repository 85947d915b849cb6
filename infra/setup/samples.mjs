import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { isOnPath, run } from './command.mjs'
import { SetupError, say } from './report.mjs'
import { aptPrefix, isKnownToApt, updateAptLists } from './system-packages.mjs'

const debianPackage = 'python3-skimage'

/**
 * The sample photographs: those of scikit-image that their documentation names public domain (NASA, SpaceX, Wikimedia)
 * or CC0 (their photographers), by sha256. Debian carries them in python3-skimage.
 */
const samples = {
  'astronaut.png': '88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5',
  'camera.png': 'b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a',
  'chelsea.png': '596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb',
  'coffee.png': 'cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7',
  'rocket.jpg': 'c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c',
  'text.png': 'bd84aa3a6e3c9887850d45d606c96b2e59433fbef50338570b63c319e668e6d1',
}

/** The folder with the sample photographs in the user's cache, fetched at the first call and checked at every one. */
export async function ensureSamples() {
  const folder = join(cacheFolder(), 'samples', digest(Buffer.from(JSON.stringify(samples))).slice(0, 12))
  if (existsSync(folder)) {
    await check(folder)
    return folder
  }
  await mkdir(join(folder, '..'), { recursive: true })
  const work = await mkdtemp(join(tmpdir(), 'fld-samples-'))
  // On the cache's own file system, so that it becomes visible whole, by one rename.
  const staged = await mkdtemp(join(folder, '../.part-'))
  try {
    const found = await fetchPhotographs(work)
    for (const name of Object.keys(samples)) await copyFile(found.get(name), join(staged, name))
    await check(staged)
    await rename(staged, folder).catch(async (error) => {
      // Another process was first.
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
    await rm(staged, { recursive: true, force: true })
  }
  say(`${Object.keys(samples).length} sample photographs, checked by sha256, are in ${folder}`)
  return folder
}

/** Downloads and unpacks the Debian package without installing it; the paths of the photographs by name. */
async function fetchPhotographs(work) {
  if (!isOnPath('apt-get') || !isOnPath('dpkg')) throw new SetupError(useOwnImages('this machine has no apt'))
  say(`downloading sample photographs: Debian's ${debianPackage} (21 MB), unpacked and not installed`)
  if (!(await isKnownToApt([debianPackage]))) {
    const prefix = await aptPrefix()
    if (prefix !== null) await updateAptLists(prefix)
  }
  // Without root, or into a folder of root's alone, apt must not change to its own user.
  const download = ['-q', '-o', 'APT::Sandbox::User=root', 'download', debianPackage]
  if ((await run('apt-get', download, { cwd: work })) !== 0)
    throw new SetupError(useOwnImages('apt-get download failed'))
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'))
  if ((await run('dpkg', ['-x', join(work, archive ?? ''), work])) !== 0)
    throw new SetupError(useOwnImages('dpkg -x failed'))
  const files = await readdir(work, { recursive: true })
  const photographs = files.filter((file) => /skimage\/data\/[^/]+$/.test(file) && basename(file) in samples)
  const found = new Map(photographs.map((file) => [basename(file), join(work, file)]))
  const absent = Object.keys(samples).filter((name) => !found.has(name))
  if (absent.length > 0) throw new SetupError(useOwnImages(`${archive} has no ${absent.join(', ')}`))
  return found
}

async function check(folder) {
  for (const [name, sha256] of Object.entries(samples)) {
    const file = join(folder, name)
    const actual = existsSync(file) ? digest(await readFile(file)) : 'missing'
    if (actual === sha256) continue
    throw new SetupError(`${file}: sha256 is ${actual}, expected ${sha256}. Delete ${folder} and run this again.`)
  }
}

function useOwnImages(reason) {
  return `No sample photographs: ${reason}. Show the demo a folder of your own: npm run demo -- --images <folder>`
}

/** As `fld` has it: FLD_CACHE, else fld in XDG_CACHE_HOME, else ~/.cache/fld. */
function cacheFolder() {
  return process.env.FLD_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fld')
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
