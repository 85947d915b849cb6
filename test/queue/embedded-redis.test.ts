import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { probeRedis } from '../../src/queue/redis-connection.js'

function socketOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

/** Resolves when nothing answers at the address any more. */
async function untilGone(url: string): Promise<void> {
  for (;;) {
    const redis = await probeRedis(url).catch(() => null)
    if (redis === null) return
    const closed = once(redis, 'close')
    redis.on('error', () => undefined)
    await closed
  }
}

test('answers with its password only, never evicts, and is gone after stop', async () => {
  const redis = await startEmbeddedRedis()
  const connection = await probeRedis(redis.url)
  expect(await connection.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await connection.config('GET', 'port')).toEqual(['port', '0'])
  connection.disconnect()
  await expect(probeRedis(socketOf(redis.url)).then((open) => open.ping())).rejects.toThrow(/NOAUTH|no Redis/)
  await redis.stop()
  expect(existsSync(socketOf(redis.url))).toBe(false)
  await expect(probeRedis(redis.url)).rejects.toMatchObject({ code: 'queue_unavailable' })
})

test('the password is in no process list and no message', async () => {
  const redis = await startEmbeddedRedis()
  const password = redis.url.split('password=')[1] ?? ''
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))
  const text = (await Promise.all(commands)).join('\n')
  expect(text).toContain('redis-server')
  expect(text).not.toContain(password)
  await redis.stop()
  const error: unknown = await probeRedis(redis.url).catch((thrown: unknown) => thrown)
  expect(String(error)).toContain(socketOf(redis.url))
  expect(String(error)).not.toContain(password)
})

test('does not outlive the process that started it, even when that is killed', async () => {
  const module = new URL('../../src/queue/embedded-redis.ts', import.meta.url).href
  const script = `const { startEmbeddedRedis } = await import(${JSON.stringify(module)}); console.log((await startEmbeddedRedis()).url); setInterval(() => 1, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const connection = await probeRedis(url)
  expect(await connection.ping()).toBe('PONG')
  connection.disconnect()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await untilGone(url)
  expect(existsSync(socketOf(url))).toBe(false)
})
