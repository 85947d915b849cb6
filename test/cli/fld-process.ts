import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `fld` of its own process, as a user starts it. */
export interface FldProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with the first line of standard error that matches; rejects when the process ends without one. */
  line(pattern: RegExp): Promise<string>
}

/** Starts `fld` with arguments and variables laid over this process's environment. */
export function startFld(args: readonly string[], env: Readonly<Record<string, string>> = {}): FldProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', REDIS_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
    for (const look of waiting) look()
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = stderr.split('\n').find((text) => pattern.test(text))
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
      void ended.then(() => reject(new Error(`fld ${args.join(' ')} ended without ${pattern}:\n${stderr}`)))
    })
  return { child, ended, line }
}

/** Runs `fld` to its end. */
export function fld(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startFld(args, env).ended
}

/** The ids of the worker processes that a running `fld run` has started. */
export async function workerProcesses(run: number): Promise<number[]> {
  const processes = await runningProcesses()
  return processes.filter(({ parent, command }) => parent === run && command.includes('\0worker\0')).map(({ id }) => id)
}

/** The id of the redis-server of a running `fld run`: a child of the shell that it has started. */
export async function redisProcess(run: number): Promise<number | undefined> {
  const processes = await runningProcesses()
  const children = processes.filter(({ parent }) => parent === run).map(({ id }) => id)
  return processes.find(({ parent, command }) => children.includes(parent) && command.startsWith('redis-server'))?.id
}

async function runningProcesses(): Promise<{ id: number; parent: number; command: string }[]> {
  const found: { id: number; parent: number; command: string }[] = []
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    )
    const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    found.push({ id: Number(name), parent, command: command ?? '' })
  }
  return found
}
