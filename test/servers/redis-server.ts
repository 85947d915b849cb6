import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { probeRedis } from '../../src/queue/redis-connection.js'

/** A redis-server that a test does harm to: on a socket in a folder, without a password and without persistence. */
export class RedisServer {
  readonly url: string
  #process: ChildProcess | null = null

  private constructor(folder: string) {
    this.url = join(folder, 'redis.sock')
  }

  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(folder)
    await server.start()
    return server
  }

  /** Starts it, empty. */
  async start(): Promise<void> {
    const settings = ['--port', '0', '--unixsocket', this.url, '--save', '', '--appendonly', 'no']
    this.#process = spawn('redis-server', [...settings, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' })
    for (let attempt = 0; ; attempt++) {
      try {
        ;(await probeRedis(this.url, { timeoutMs: 500 })).disconnect()
        return
      } catch (error) {
        if (attempt > 200) throw error
        await delay(25)
      }
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = null
    if (running === null || running.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
  }

  /** Forgets everything. */
  async flush(): Promise<void> {
    await this.#ask((redis) => redis.flushall())
  }

  /** The memory that it may take, in bytes; 0 is no limit. */
  async limit(bytes: number): Promise<void> {
    await this.#ask((redis) => redis.config('SET', 'maxmemory', String(bytes)))
  }

  async #ask(question: (redis: Redis) => Promise<unknown>): Promise<void> {
    const redis = await probeRedis(this.url)
    try {
      await question(redis)
    } finally {
      redis.disconnect()
    }
  }
}
