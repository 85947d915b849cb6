import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.mjs'
import { SetupError, say } from './report.mjs'

const oldestNode = [20, 11]

/** Throws where this Node is older than the project needs. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  throw new SetupError(
    `Node ${version} is too old: fld needs Node ${oldestNode.join('.')} or later. Install it from https://nodejs.org or with your version manager, for example: nvm install 20`,
  )
}

/** Installs exactly what package-lock.json names, unless node_modules holds it already. */
export async function ensureNodePackages(root) {
  const reason = await whyInstall(root)
  if (reason === null) return
  say(`installing the npm packages of package-lock.json with \`npm ci\`: ${reason}`)
  // npm names its own script when it runs us; that is the npm to use, whatever the PATH says.
  const script = process.env.npm_execpath
  const [command, ...start] = script?.endsWith('.js') ? [process.execPath, script] : ['npm']
  const options = ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  // The CPU library is inside onnxruntime-node; without this, installs that run scripts would fetch CUDA libraries.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const code = await run(command, [...start, ...options], { cwd: root, env })
  if (code === 0) return
  throw new SetupError(
    `\`npm ci\` ended with code ${code} (see above). It needs the npm registry the first time; after that nothing is downloaded.`,
  )
}

/** Why node_modules is not what the lock file says; null when it is. */
async function whyInstall(root) {
  const installedFile = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return 'node_modules is missing'
  const wanted = await packagesOf(join(root, 'package-lock.json'))
  const installed = await packagesOf(installedFile)
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '' || optional || installed[path]?.version === version) continue
    return `${path} is ${installed[path]?.version ?? 'missing'}, the lock file has ${version}`
  }
  return null
}

async function packagesOf(file) {
  return JSON.parse(await readFile(file, 'utf8')).packages
}
