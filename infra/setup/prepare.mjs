import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensureBuild } from './build.mjs'
import { isOnPath } from './command.mjs'
import { checkNode, ensureNodePackages } from './node-packages.mjs'
import { runScript, SetupError, say } from './report.mjs'
import { ensureSystemTools, radosgw, redis } from './system-packages.mjs'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Purposes, and the programs of the system that each needs besides Node. */
const toolsFor = {
  build: [],
  demo: [redis],
  test: [redis, radosgw],
}

/**
 * Makes a bare machine ready: Node packages, programs of the system, compiled code. Does nothing, and needs no
 * network, where all is there. These scripts run before `npm ci`: they may import Node's own modules only.
 */
export async function prepare(purpose) {
  const tools = toolsFor[purpose]
  if (tools === undefined) {
    throw new SetupError(`--for is "${purpose}"; it must be one of ${Object.keys(toolsFor).join(', ')}`)
  }
  checkNode()
  await ensureSystemTools(tools.filter((tool) => isWanted(tool, purpose)))
  await ensureNodePackages(root)
  await ensureBuild(root)
}

/** A Redis of one's own stands in for redis-server in the demo; Ceph can be had on Linux only. */
function isWanted(tool, purpose) {
  if (tool === redis && purpose === 'demo' && process.env.REDIS_URL) return false
  if (tool !== radosgw || process.platform === 'linux' || tool.commands.every(isOnPath)) return true
  say(`NOT HERE: ${tool.what}. It is packaged for Linux only: the tests that need S3 WILL FAIL on this machine.`)
  return false
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    const { values } = parseArgs({ options: { for: { type: 'string', default: 'build' } } })
    await prepare(values.for)
  })
}
