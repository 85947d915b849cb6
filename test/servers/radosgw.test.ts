import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('the S3 server for developers', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-cli-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no process and no file after %s', async (signal) => {
    const child = startCli(folder)
    const variables = await printedVariables(child)
    expect((await fetch(variables.AWS_ENDPOINT_URL_S3 ?? '')).status).toBe(200)
    expect(await serversOf(folder)).toHaveLength(3)
    const emptied = whenEmpty(folder)
    child.kill(signal)
    await emptied
    expect(await serversOf(folder)).toEqual([])
  })
})

function startCli(folder: string): ChildProcessByStdio<null, Readable, null> {
  const script = join(import.meta.dirname, 'radosgw-cli.ts')
  const env = { ...process.env, TMPDIR: folder, NODE_OPTIONS: '--no-warnings' }
  return spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'], env })
}

async function printedVariables(child: ChildProcessByStdio<null, Readable, null>): Promise<Record<string, string>> {
  const variables: Record<string, string> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) break
    variables[name] = value
  }
  return variables
}

/** Process ids of Ceph's servers that run on a folder. */
async function serversOf(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((_, index) => /^(ceph-|radosgw)/.test(lines[index] ?? '') && lines[index]?.includes(folder))
}

/** Resolves when the server's own folder inside this one is gone. */
async function whenEmpty(folder: string): Promise<void> {
  const watcher = watch(folder)
  const isServerFolder = (name: string): boolean => name.startsWith('fld-radosgw-')
  try {
    while ((await readdir(folder)).some(isServerFolder)) await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}
