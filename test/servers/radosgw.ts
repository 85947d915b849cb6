import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type CephNode, cephConfig } from './ceph-config.js'
import { type Reaper, startReaper } from './reaper.js'

const packages = 'apt-get install -y --no-install-recommends ceph-mon ceph-osd ceph-mgr radosgw ceph-common'
const startTimeoutMs = 90_000

/** A cluster in the making, and who ends its processes. */
interface Cluster extends CephNode {
  readonly reaper: Reaper
}

/** A user of the gateway. */
export interface S3User {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A running S3 server; the user owns nothing yet. */
export interface Radosgw extends S3User {
  readonly endpoint: string
  readonly region: string
  /** A second user, who may not touch what the first one owns. */
  readonly stranger: S3User
  stop(): Promise<void>
}

/**
 * Starts Ceph with its S3 gateway in a temporary folder, on loopback ports of its own: about 2 s. Everything goes away
 * with `stop`, and also when this process dies. Throws, with what the servers logged, when it does not come up.
 */
export async function startRadosgw(options: { objectStore?: CephNode['objectStore'] } = {}): Promise<Radosgw> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-radosgw-'))
  const reaper = startReaper(folder)
  try {
    const [monitorPort, gatewayPort] = await freePorts()
    const { objectStore = 'memstore' } = options
    const cluster = { folder, clusterId: randomUUID(), monitorPort, gatewayPort, objectStore, reaper }
    await startCluster(cluster)
    const endpoint = `http://127.0.0.1:${gatewayPort}`
    const [owner, stranger] = [await createUser(cluster, 'owner'), await createUser(cluster, 'stranger')]
    return { endpoint, region: 'us-east-1', ...owner, stranger, stop: () => reaper.reap() }
  } catch (error) {
    const log = await lastWords(folder)
    await reaper.reap()
    throw new Error(`The test S3 server (Ceph radosgw) did not start: ${String(error)}${log}`, { cause: error })
  }
}

async function startCluster(cluster: Cluster): Promise<void> {
  const { folder, clusterId, monitorPort, gatewayPort } = cluster
  await mkdir(join(folder, 'mon'))
  await mkdir(join(folder, 'osd'))
  await writeFile(configOf(cluster), cephConfig(cluster))
  await createKeys(folder)
  const monmap = join(folder, 'monmap')
  const address = `[v2:127.0.0.1:${monitorPort}]`
  await command('monmaptool', ['--create', '--addv', 'a', address, '--fsid', clusterId, monmap])
  await ceph(cluster, 'ceph-mon', '-i', 'a', '--mkfs', '--monmap', monmap, '--keyring', join(folder, 'keyring'))
  const monitor = daemon(cluster, 'ceph-mon', '-i', 'a')
  const osdId = randomUUID()
  await ceph(cluster, 'ceph-osd', '-i', '0', '--no-mon-config', '--mkfs', '--osd-uuid', osdId)
  const newOsd = ['--connect-timeout', '10', 'osd', 'new', osdId, '-i', await createOsdKey(folder)]
  // Refused until the monitor has taken in its first keys.
  await orExit(
    eventually(() => ceph(cluster, 'ceph', ...newOsd)),
    [monitor],
  )
  const osd = daemon(cluster, 'ceph-osd', '-i', '0')
  const gateway = daemon(cluster, 'radosgw', '-n', 'client.rgw')
  const answer = async () => (await fetch(`http://127.0.0.1:${gatewayPort}`)).arrayBuffer()
  await orExit(eventually(answer), [monitor, osd, gateway])
}

/** Keys of the monitor, the administrator and the gateway, in one keyring. */
async function createKeys(folder: string): Promise<void> {
  const keyring = join(folder, 'keyring')
  const rights: Record<string, string[]> = {
    'mon.': ['mon', 'allow *'],
    'client.admin': ['mon', 'allow *', 'osd', 'allow *', 'mgr', 'allow *'],
    'client.rgw': ['mon', 'allow rwx', 'osd', 'allow rwx', 'mgr', 'allow rw'],
  }
  await writeFile(keyring, '', { mode: 0o600 })
  for (const [name, caps] of Object.entries(rights)) {
    const capArguments = caps.flatMap((cap, index) => (index % 2 === 0 ? ['--cap', cap] : [cap]))
    await command('ceph-authtool', [keyring, '--gen-key', '-n', name, ...capArguments])
  }
}

/** The OSD's key, as a secret for `osd new`, and in the keyring: only after the monitor has taken in that of the others. */
async function createOsdKey(folder: string): Promise<string> {
  const key = (await command('ceph-authtool', ['--gen-print-key'])).trim()
  const secret = join(folder, 'osd-secret.json')
  await writeFile(secret, JSON.stringify({ cephx_secret: key }), { mode: 0o600 })
  await command('ceph-authtool', [join(folder, 'keyring'), '-n', 'osd.0', '--add-key', key])
  return secret
}

async function createUser(cluster: Cluster, name: string): Promise<S3User> {
  const user = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(20).toString('hex') }
  const keys = [`--access-key=${user.accessKeyId}`, `--secret-key=${user.secretAccessKey}`]
  const admin = ['-n', 'client.rgw', 'user', 'create', `--uid=${name}`, `--display-name=${name}`]
  await ceph(cluster, 'radosgw-admin', ...admin, ...keys)
  return user
}

function configOf({ folder }: Cluster): string {
  return join(folder, 'ceph.conf')
}

/** Runs a command on the cluster; the reaper ends it too, should this process die. */
function ceph(cluster: Cluster, program: string, ...options: string[]): Promise<string> {
  return command(program, ['-c', configOf(cluster), ...options], cluster.reaper)
}

async function command(program: string, options: readonly string[], reaper?: Reaper): Promise<string> {
  const running = promisify(execFile)(program, options, { timeout: startTimeoutMs })
  if (running.child.pid !== undefined) reaper?.add(running.child.pid)
  try {
    return (await running).stdout
  } catch (error) {
    throw notInstalled(program, error) ?? error
  }
}

function notInstalled(program: string, error: unknown): Error | null {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return missing ? new Error(`${program} is not installed. As root: ${packages}`) : null
}

/** In a session of its own, so that Ctrl-C in the terminal is the reaper's business alone. */
function daemon(cluster: Cluster, program: string, ...options: string[]): ChildProcess {
  const child = spawn(program, ['-c', configOf(cluster), ...options, '-f'], { stdio: 'ignore', detached: true })
  if (child.pid !== undefined) cluster.reaper.add(child.pid)
  return child
}

/** The work's result; rejects as soon as one of the servers that it needs is gone. */
async function orExit<T>(work: Promise<T>, children: readonly ChildProcess[]): Promise<T> {
  const watching = new AbortController()
  const exits = children.map(async (child) => {
    if (child.exitCode === null) await once(child, 'exit', { signal: watching.signal })
    throw new Error(`${child.spawnfile} ended with status ${child.exitCode}`)
  })
  try {
    return await Promise.race([work, ...exits])
  } catch (error) {
    throw children.map(({ spawnfile }) => notInstalled(spawnfile, error)).find((found) => found !== null) ?? error
  } finally {
    watching.abort()
    void Promise.allSettled([work, ...exits])
  }
}

/** Repeats until it works. A server has no event for being ready, so it is asked. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + startTimeoutMs
  while (true) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(25)
    }
  }
}

/** Two ports that nobody listens on now; held together, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    if (typeof address === 'object' && address !== null) ports.push(address.port)
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  const [first = 0, second = 0] = ports
  return [first, second]
}

async function lastWords(folder: string): Promise<string> {
  const names = ['mon.a.log', 'osd.0.log', 'client.rgw.log']
  const logs = names.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    return text === '' ? '' : `\n--- ${name}\n${text.slice(-1500)}`
  })
  return (await Promise.all(logs)).join('')
}
