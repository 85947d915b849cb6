import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FldError } from '../../schemas/errors.js'
import { probeRedis } from './redis-connection.js'

/** A redis-server of our own. */
export interface EmbeddedRedis {
  /** Socket path with the password: as ioredis reads it, and fit for a child's REDIS_URL. */
  readonly url: string
  /** Fires when the server has ended, with an FldError `queue_unavailable` as its reason. It is not started again. */
  readonly ended: AbortSignal
  stop(): Promise<void>
}

/**
 * A shell that runs redis-server and waits on its standard input. Its input is a pipe from us: when this process
 * ends, in whatever way, the pipe closes and the shell ends the server. Signals from the terminal are not for it.
 * The configuration comes over the same pipe, so that the password is in no process list and no file.
 */
const guardian = `
trap '' INT TERM HUP
dir=$1; shift
while IFS= read -r line && [ "$line" != "." ]; do config="$config$line
"; done
exec 3<&0
printf '%s' "$config" | redis-server - >"$dir/redis.log" 2>&1 &
server=$!
( while read -r _; do :; done; kill "$server" 2>/dev/null ) <&3 &
wait "$server" 2>/dev/null
status=$?
rm -rf "$dir"
exit $status
`

/** Bytes of a unix socket's path on Linux; macOS allows 103. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103

/**
 * Starts redis-server on a private unix socket (folder mode 0700) with a random password, without persistence, and
 * refusing to evict. It lives as long as this process, even when that is killed. Throws FldError `queue_unavailable`
 * when redis-server is not installed, its socket's path is too long, or it does not answer within 10 s.
 */
export async function startEmbeddedRedis(): Promise<EmbeddedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-redis-'))
  const password = randomBytes(24).toString('hex')
  const socket = join(folder, 'redis.sock')
  if (Buffer.byteLength(socket) > longestSocketPath) throw await pathTooLong(folder, socket)
  const guard = spawn('sh', ['-c', guardian, 'fld-redis', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = new AbortController()
  guard.once('exit', (code) => ended.abort(serverEnded(code)))
  guard.stdin.on('error', () => undefined)
  guard.stdin.write(`${configuration(socket, password)}.\n`)
  const url = `${socket}?password=${password}`
  try {
    await waitUntilReady(url, guard)
  } catch (error) {
    await stopGuardian(guard, folder)
    throw error
  }
  return { url, ended: ended.signal, stop: () => stopGuardian(guard, folder) }
}

function configuration(socket: string, password: string): string {
  const lines = [
    'port 0',
    `unixsocket ${socket}`,
    'unixsocketperm 700',
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
    'daemonize no',
  ]
  return `${lines.join('\n')}\n`
}

async function waitUntilReady(url: string, guard: ChildProcess): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    if (guard.exitCode !== null) throw notStarted(guard.exitCode)
    try {
      const redis = await probeRedis(url, { timeoutMs: 1_000 })
      redis.disconnect()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(20)
    }
  }
}

async function pathTooLong(folder: string, socket: string): Promise<FldError> {
  await rm(folder, { recursive: true, force: true })
  return new FldError(
    'queue_unavailable',
    `the socket path ${socket} is longer than the ${longestSocketPath} bytes a socket may have; set TMPDIR to a shorter folder`,
  )
}

function notStarted(exitCode: number): FldError {
  const reason = exitCode === 127 ? 'redis-server is not installed' : `redis-server ended with code ${exitCode}`
  return new FldError(
    'queue_unavailable',
    `${reason}; install it (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis) or set REDIS_URL to a server of your own`,
    { details: { exitCode } },
  )
}

function serverEnded(code: number | null): FldError {
  const how = code !== null && code > 128 ? `by signal ${code - 128}` : `with code ${code ?? 'unknown'}`
  return new FldError(
    'queue_unavailable',
    `the redis-server of this run ended ${how}; no image is lost: run the same command again to go on`,
    { details: { code } },
  )
}

async function stopGuardian(guard: ChildProcess, folder: string): Promise<void> {
  if (guard.exitCode === null && guard.signalCode === null) {
    const exited = once(guard, 'exit')
    guard.stdin?.end()
    await exited
  }
  await rm(folder, { recursive: true, force: true })
}
