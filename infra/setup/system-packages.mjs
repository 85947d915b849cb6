import { capture, isOnPath, run } from './command.mjs'
import { SetupError, say } from './report.mjs'

/** @typedef {{ commands: string[], debian: string[], brew: string | null, what: string }} SystemTool */

/** @type {SystemTool} */
export const redis = {
  commands: ['redis-server'],
  debian: ['redis-server'],
  brew: 'redis',
  what: 'Redis, the scheduler of a run (or set REDIS_URL to a server of your own)',
}

/** @type {SystemTool} */
export const radosgw = {
  commands: ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'],
  debian: ['ceph-mon', 'ceph-osd', 'ceph-mgr', 'radosgw', 'ceph-common'],
  brew: null,
  what: 'Ceph with its S3 gateway, the real S3 server of the tests',
}

/** Installs what is missing with apt, as root or with a sudo that asks nothing; elsewhere throws with what to install. */
export async function ensureSystemTools(tools) {
  const missing = tools.filter((tool) => !tool.commands.every(isOnPath))
  if (missing.length === 0) return
  for (const tool of missing) {
    const absent = tool.commands.filter((command) => !isOnPath(command))
    say(`missing: ${absent.join(', ')} - ${tool.what}`)
  }
  const prefix = await aptPrefix()
  if (prefix === null) throw new SetupError(howToInstall(missing))
  await installWithApt(prefix, [...new Set(missing.flatMap((tool) => tool.debian))], missing)
  const still = missing.flatMap((tool) => tool.commands).filter((command) => !isOnPath(command))
  if (still.length > 0) throw new SetupError(`apt-get ended well, but ${still.join(', ')} are not on the PATH.`)
}

/** What must stand before apt-get to change the system: nothing for root, sudo where it asks nothing; null without apt. */
export async function aptPrefix() {
  if (!isOnPath('apt-get')) return null
  if (process.getuid?.() === 0) return []
  return isOnPath('sudo') && (await capture('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : null
}

/** Refreshes apt's lists of packages; false when that fails. */
export async function updateAptLists(prefix) {
  say('apt-get update: the lists of packages are missing or old')
  return (await runAll([...prefix, 'apt-get', 'update', '-q'])) === 0
}

/** Whether apt knows a version of each package that it could install. */
export async function isKnownToApt(packages) {
  const { output } = await capture('apt-cache', ['policy', ...packages])
  return output.split('\n').filter((line) => /^\s+Candidate: (?!\(none\))/.test(line)).length >= packages.length
}

async function installWithApt(prefix, packages, tools) {
  const known = await isKnownToApt(packages)
  if (!known) await updateAptLists(prefix)
  const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '-q']
  const install = [...command, '--no-install-recommends', ...packages]
  say(`installing from the system's package archive: ${packages.join(' ')}`)
  if ((await runAll(install)) === 0) return
  // Lists that are known but old point to files that the archive no longer has.
  if (known && (await updateAptLists(prefix)) && (await runAll(install)) === 0) return
  throw new SetupError(`apt-get could not install ${packages.join(' ')} (see above).\n${howToInstall(tools)}`)
}

function howToInstall(tools) {
  const debian = tools.flatMap((tool) => tool.debian)
  const lines = [
    'Some programs are missing and cannot be installed from here (that takes apt, as root or with a password-less sudo).',
    `  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends ${debian.join(' ')}`,
  ]
  const brew = tools.flatMap((tool) => tool.brew ?? [])
  if (brew.length > 0) lines.push(`  macOS:           brew install ${brew.join(' ')}`)
  for (const tool of tools) {
    const where = tool.brew === null ? 'packaged for Linux only; use a Debian container there' : 'any version from 6.2'
    lines.push(`  elsewhere:       ${tool.commands[0]} (${tool.what}; ${where})`)
  }
  return lines.join('\n')
}

function runAll([command, ...rest]) {
  return run(command, rest)
}
