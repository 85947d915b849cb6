import { capture, isOnPath } from './command.mjs'
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
  if (prefix === null) {
    const why =
      'That cannot be installed from here (it takes apt, as root or with a sudo that asks nothing). Please install:'
    throw new SetupError(`${why}\n${howToInstall(missing)}`)
  }
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
  const { code, output } = await runLogged([...prefix, 'apt-get', 'update', '-q'])
  if (code !== 0) process.stderr.write(output)
  return code === 0
}

/** Whether apt knows a version of each package that it could install. */
export async function isKnownToApt(packages) {
  const { output } = await capture('apt-cache', ['policy', ...packages])
  return output.split('\n').filter((line) => /^\s+Candidate: (?!\(none\))/.test(line)).length >= packages.length
}

async function installWithApt(prefix, packages, tools) {
  const known = await isKnownToApt(packages)
  if (!known) await updateAptLists(prefix)
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '-q', '--no-install-recommends']
  const install = [...prefix, ...apt, ...packages]
  say(`installing from the system's package archive (a minute or two): ${packages.join(' ')}`)
  let result = await runLogged(install)
  // Lists that are known but old point to files that the archive no longer has.
  if (result.code !== 0 && known && (await updateAptLists(prefix))) result = await runLogged(install)
  if (result.code === 0) return
  throw new SetupError(
    `${result.output.split('\n').slice(-25).join('\n')}\napt-get could not install ${packages.join(' ')}. Please install:\n${howToInstall(tools)}`,
  )
}

function howToInstall(tools) {
  const debian = tools.flatMap((tool) => tool.debian)
  const lines = [`  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends ${debian.join(' ')}`]
  const brew = tools.flatMap((tool) => tool.brew ?? [])
  if (brew.length > 0) lines.push(`  macOS:           brew install ${brew.join(' ')}`)
  for (const tool of tools) {
    const where = tool.brew === null ? 'packaged for Linux only; use a Debian container there' : 'any version from 6.2'
    lines.push(`  elsewhere:       ${tool.commands[0]} (${tool.what}; ${where})`)
  }
  return lines.join('\n')
}

function runLogged([command, ...rest]) {
  return capture(command, rest, { withErrors: true })
}
