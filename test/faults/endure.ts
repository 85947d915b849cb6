import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { annotationTables } from '../../schemas/annotation.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable } from '../../src/dataset/snapshot.js'
import { readPlan } from '../../src/run/run-ledger.js'
import { verifyRun } from '../../src/run/verify-run.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { type FldProcess, workerProcesses } from '../cli/fld-process.js'
import type { Fault as StoreFault } from '../servers/fault-proxy.js'
import { type FaultSite, faultedRun } from './fault-site.js'
import { type Fault, type FaultKind, randomNumbers, type Schedule } from './schedule.js'

/** How a run has stood its faults. */
export interface Endured {
  /** Faults that hit something; others came too late for the run, or found nothing to harm. */
  readonly done: readonly FaultKind[]
  /** Faults that cannot be had on this machine. */
  readonly impossible: readonly FaultKind[]
  /** Sessions that it took, the first included. */
  readonly sessions: number
  /** What is wrong with what the run has made, or that it did not end: none is what we want. */
  readonly violations: readonly string[]
  /** From each kill of a worker until its jobs were missed, in ms; only where it had any. */
  readonly recoveries: readonly number[]
}

/** Sessions after which a run is given up. */
const mostSessions = 12

/** How long a fault of the store or of Redis lasts, in ms. */
const faultTime = 2_500

/**
 * Has a run go wrong as scheduled, goes on with it as its user would until it is complete, and looks at what has come of it.
 * `expected` is the digest of the rows of a run that nothing was done to.
 */
export async function endure(site: FaultSite, schedule: Schedule, expected: string): Promise<Endured> {
  const random = randomNumbers(schedule.seed ^ 0x5eed)
  const [done, recoveries]: [FaultKind[], number[]] = [[], []]
  const full = schedule.faults.some(({ kind }) => kind === 'fill_disk')
  const impossible: FaultKind[] = full && !(await site.shrinkDisk()) ? ['fill_disk'] : []
  const pending = schedule.faults.filter(({ kind }) => !impossible.includes(kind))
  let session = site.begin()
  let sessions = 1
  for (;;) {
    const next = await nextEvent(site, session, pending[0])
    if (next === 'due') {
      const fault = pending.shift()
      if (fault === undefined) continue
      if (await inflict(site, session, { kind: fault.kind, random, recoveries })) done.push(fault.kind)
      continue
    }
    if (next.code === 0) break
    if (sessions === mostSessions) {
      return {
        done,
        impossible,
        sessions,
        recoveries,
        violations: [`not complete after ${sessions} sessions: ${next.stderr.slice(-2000)}`],
      }
    }
    // What a user does who reads that the disk is full.
    if (/ENOSPC|no space left/i.test(next.stderr)) {
      await site.growDisk()
      if (!done.includes('fill_disk')) done.push('fill_disk')
    }
    session = await site.goOn()
    sessions += 1
  }
  return { done, impossible, sessions, recoveries, violations: await violationsOf(site.store, expected) }
}

/** Until a fault is due, or the session has ended. */
async function nextEvent(site: FaultSite, session: FldProcess, fault: Fault | undefined) {
  for (;;) {
    const ended = await Promise.race([session.ended, delay(60)])
    if (ended !== undefined) return ended
    if (fault !== undefined && (await site.committed()) >= fault.after) return 'due'
  }
}

interface Inflicted {
  readonly kind: FaultKind
  readonly random: () => number
  readonly recoveries: number[]
}

/** False where there was nothing to harm. */
async function inflict(
  site: FaultSite,
  session: FldProcess,
  { kind, random, recoveries }: Inflicted,
): Promise<boolean> {
  // Somewhere in the work on a shard, and not only right after the last commit.
  await delay(random() * 400)
  switch (kind) {
    case 'kill_session':
      return killSession(session)
    case 'kill_worker':
      return killWorker(session, random, recoveries)
    case 'stop_worker':
      return stopWorker(session, random)
    case 'fill_disk':
      // It is small from the beginning: it fills by itself, and ends a session when it does.
      return false
    case 'kill_redis':
    case 'flush_redis':
    case 'fill_redis':
      await harmRedis(site, kind)
      return true
    default:
      return harmStore(site, session, { kind, random })
  }
}

async function harmRedis({ redis }: FaultSite, kind: 'kill_redis' | 'flush_redis' | 'fill_redis'): Promise<void> {
  if (kind === 'flush_redis') return redis.flush()
  await (kind === 'kill_redis' ? redis.kill() : redis.limit(1))
  await delay(faultTime)
  await (kind === 'kill_redis' ? redis.start() : redis.limit(0))
}

async function killSession({ child, ended }: FldProcess): Promise<boolean> {
  const killed = child.exitCode === null && child.kill('SIGKILL')
  await ended
  return killed
}

async function someWorker(session: FldProcess, random: () => number): Promise<number | undefined> {
  const workers = session.child.pid === undefined ? [] : await workerProcesses(session.child.pid)
  return workers[Math.floor(random() * workers.length)]
}

async function killWorker(session: FldProcess, random: () => number, recoveries: number[]): Promise<boolean> {
  const worker = await someWorker(session, random)
  const killed = performance.now()
  if (worker === undefined || !signalled(worker, 'SIGKILL')) return false
  // It may have held no job, and the run may end before anybody misses it.
  nextLine(session, /lost its worker/, () => recoveries.push(performance.now() - killed))
  return true
}

/** Tells of the first line of standard error from now on that matches: of one that is there already, it is not this fault's. */
function nextLine({ child }: FldProcess, pattern: RegExp, tell: () => void): void {
  let text = ''
  const look = (chunk: Buffer) => {
    text += chunk
    if (!pattern.test(text)) return
    child.stderr?.off('data', look)
    tell()
  }
  child.stderr?.on('data', look)
}

/** It sleeps long enough to be taken for dead, and wakes up over what others do by then. */
async function stopWorker(session: FldProcess, random: () => number): Promise<boolean> {
  const worker = await someWorker(session, random)
  if (worker === undefined || !signalled(worker, 'SIGSTOP')) return false
  await Promise.race([delay(18_000), session.ended])
  signalled(worker, 'SIGCONT')
  return true
}

/** False where the process has ended by itself. */
function signalled(id: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(id, signal)
  } catch {
    return false
  }
}

/** Harms requests for a while, and for longer where none has come that it could hit. */
async function harmStore(
  { proxy }: FaultSite,
  session: FldProcess,
  { kind, random }: Omit<Inflicted, 'recoveries'>,
): Promise<boolean> {
  if (proxy === null) return false
  const hit = new Promise<true>((resolve) => {
    proxy.use(({ method }) => {
      const fault = storeFault(kind, method, random)
      if (fault !== null) resolve(true)
      return fault
    })
  })
  await delay(faultTime)
  const harmed = await Promise.race([hit, session.ended.then(() => false)])
  proxy.use(() => null)
  return harmed
}

function storeFault(kind: FaultKind, method: string, random: () => number): StoreFault | null {
  if (kind === 'store_down') return { kind: 'reset' }
  if (kind === 'store_slow') return { kind: 'hold', until: delay(300 + random() * 700) }
  // Others hit a third of the requests, so that some of what was begun gets through.
  if (random() > 0.33) return null
  if (kind === 'store_errors') return { kind: 'status', status: 503, code: 'SlowDown' }
  if (kind === 'store_resets') return { kind: 'reset' }
  if (kind === 'store_cut') return method === 'GET' ? { kind: 'cut', bytes: Math.floor(random() * 2_000) } : null
  return method === 'PUT' ? { kind: 'lose-answer' } : null
}

async function violationsOf(store: ObjectStore, expected: string): Promise<string[]> {
  const plan = await readPlan(store, faultedRun.name)
  const violations: string[] = []
  const onViolation = (violation: object) => violations.push(JSON.stringify(violation))
  const verified = await verifyRun(store, { plan, round: 0, onViolation })
  if (verified.state !== 'complete') violations.push('the round is open')
  if (verified.committed !== faultedRun.pages) violations.push(`${verified.committed} images, not ${faultedRun.pages}`)
  const digest = await rowsDigest(store)
  if (digest !== expected) violations.push(`other rows than undisturbed: ${digest}`)
  return violations
}

/** sha256 over all rows of the run, in the order of its tables and shards. */
export async function rowsDigest(store: ObjectStore): Promise<string> {
  const manifest = await readManifest(store, faultedRun.name, 0)
  if (manifest === null) return 'none: the round is open'
  const hash = createHash('sha256')
  for (const table of annotationTables) {
    for await (const row of readSnapshotTable(store, manifestShards(store, manifest), table)) {
      hash.update(JSON.stringify([table, row]))
    }
  }
  return hash.digest('hex')
}
