import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from './exit-code.js'

/** Starts the same command again without --detach, as a process of its own that writes to a log in the cache folder. */
export async function startDetached({ run, out, logs }: { run: string; out: string; logs: string }): Promise<number> {
  const folder = join(logs, 'logs')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${run}.log`)
  const log = await open(path, 'a')
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach')
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  child.unref()
  await log.close()
  process.stdout.write(
    `run ${run} goes on in the background (process ${child.pid})\n  log:    ${path}\n  status: fld status ${run} --out '${out}'\n  stop:   kill -INT ${child.pid}\n`,
  )
  return exitCodes.ok
}
