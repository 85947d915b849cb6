import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { listCommitted } from '../../src/dataset/committed-shards.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { type FldProcess, startFld } from '../cli/fld-process.js'
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js'
import { RedisServer } from '../servers/redis-server.js'
import type { Schedule } from './schedule.js'

const run = promisify(execFile)

/** Where an S3 server is, and who may use it. */
export interface S3Server {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The run that faults are done to: its name, and its shards. */
export const faultedRun = { name: 'faulted', shards: 8, pages: 16 } as const

/** Bytes of the small disk: enough for the images, and not for all that is made of them. */
const smallDisk = 400_000

/** A place for one run to go wrong in: a Redis and a store of its own, and the way between them and the run. */
export class FaultSite {
  readonly redis: RedisServer
  readonly proxy: FaultProxy | null
  readonly #folder: string
  readonly #photos: string
  readonly #out: string
  readonly #variables: Readonly<Record<string, string>>
  /** Behind the proxy: what harms the run's way to the store does not harm ours. */
  readonly store: ObjectStore
  #disk: string | null = null

  private constructor(parts: {
    folder: string
    photos: string
    out: string
    redis: RedisServer
    proxy: FaultProxy | null
    store: ObjectStore
    variables: Readonly<Record<string, string>>
  }) {
    this.#folder = parts.folder
    this.#photos = parts.photos
    this.#out = parts.out
    this.redis = parts.redis
    this.proxy = parts.proxy
    this.store = parts.store
    this.#variables = parts.variables
  }

  static async open({ store, jumpingClock }: Schedule, photos: string, server: S3Server | null): Promise<FaultSite> {
    const folder = await mkdtemp(join(tmpdir(), 'fld-fault-'))
    const redis = await RedisServer.start(folder)
    const clock = new URL('./jumping-clock.mjs', import.meta.url).href
    const variables = { REDIS_URL: redis.url, ...(jumpingClock ? { NODE_OPTIONS: `--import ${clock}` } : {}) }
    if (store === 's3' && server !== null) return FaultSite.#onS3({ folder, photos, redis, variables }, server)
    const out = join(folder, 'out')
    await mkdir(out)
    return new FaultSite({ folder, photos, out, redis, proxy: null, store: await openStore(out), variables })
  }

  static async #onS3(
    site: { folder: string; photos: string; redis: RedisServer; variables: Record<string, string> },
    { endpoint, region, accessKeyId, secretAccessKey }: S3Server,
  ): Promise<FaultSite> {
    const bucket = `faults-${crypto.randomUUID()}`
    const client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
    })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    client.destroy()
    const proxy = await startFaultProxy(endpoint)
    const access = { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const out = `s3://${bucket}/data`
    const store = await openStore(out, { s3: { endpoint, region, credentials: { accessKeyId, secretAccessKey } } })
    const variables = { ...site.variables, ...access, AWS_ENDPOINT_URL_S3: proxy.endpoint }
    return new FaultSite({ ...site, out, proxy, store, variables })
  }

  /** Begins the run. */
  begin(): FldProcess {
    const asked = ['run', 'starter', '--images', this.#photos, '--run-id', faultedRun.name]
    const settings = ['--set', 'shard_size=2', '--set', 'batch_size=1']
    return this.#session([...asked, ...settings])
  }

  /** Goes on with it; begins it where it had not got as far as its plan. */
  async goOn(): Promise<FldProcess> {
    const planned = (await this.store.head(`runs/${faultedRun.name}/run.json`)) !== null
    return planned ? this.#session(['resume', faultedRun.name]) : this.begin()
  }

  #session(args: readonly string[]): FldProcess {
    const machine = ['--out', this.#out, '--workers', '2', '--window', '3', '--sessions', '1', '--threads', '1']
    return startFld([...args, ...machine], this.#variables)
  }

  async committed(): Promise<number> {
    let count = 0
    for await (const _ of listCommitted(this.store, faultedRun.name, 0)) count += 1
    return count
  }

  /** Puts the store's folder on a disk of its own that is too small. False where that takes rights that we lack. */
  async shrinkDisk(): Promise<boolean> {
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${smallDisk}`, 'tmpfs', this.#out])
      this.#disk = this.#out
      return true
    } catch {
      return false
    }
  }

  async growDisk(): Promise<void> {
    if (this.#disk !== null) await run('mount', ['-o', 'remount,size=500m', this.#disk])
  }

  async close(): Promise<void> {
    await this.store.close()
    await this.proxy?.close()
    await this.redis.kill()
    // A process that was stopped may still be on its way out of it.
    if (this.#disk !== null) await run('umount', ['--lazy', this.#disk])
    await rm(this.#folder, { recursive: true, force: true })
  }
}
