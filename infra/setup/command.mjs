import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Runs a command with our own standard output and error. Gives its exit code; 127 when it cannot be started. */
export async function run(command, commandArguments, { env = {}, cwd } = {}) {
  const child = spawn(command, commandArguments, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    cwd,
  })
  try {
    const [code, signal] = await once(child, 'close')
    return signal === null ? code : 1
  } catch {
    return 127
  }
}

/** Runs a command quietly. Gives its exit code and what it printed on standard output, or on both outputs. */
export async function capture(command, commandArguments, { withErrors = false } = {}) {
  const child = spawn(command, commandArguments, { stdio: ['ignore', 'pipe', withErrors ? 'pipe' : 'ignore'] })
  const chunks = []
  child.stderr?.on('data', (chunk) => chunks.push(chunk))
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  try {
    const [code] = await once(child, 'close')
    return { code: code ?? 1, output: Buffer.concat(chunks).toString() }
  } catch {
    return { code: 127, output: '' }
  }
}

/** Whether a command of this name is on the PATH. */
export function isOnPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder || '.', command)))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
