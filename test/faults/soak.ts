import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { wholeNumber } from '../../src/cli/arguments.js'
import { fld } from '../cli/fld-process.js'
import { writePages } from '../cli/written-pages.js'
import { startRadosgw } from '../servers/radosgw.js'
import { endure, rowsDigest } from './endure.js'
import { FaultSite, faultedRun, type S3Server } from './fault-site.js'
import { randomNumbers, randomSchedule, type Schedule } from './schedule.js'

interface Flags {
  readonly minutes: number
  readonly seed: number
  readonly once?: boolean
}

const soak = new Command('test:soak')
  .description(
    'Loops runs that go wrong at random, and checks after each that it lost nothing and shows nothing twice.',
  )
  .option('--minutes <n>', 'how long no run is begun after', wholeNumber({ min: 1, max: 10_000 }), 20)
  .option('--seed <n>', 'of the first run', wholeNumber({ min: 0, max: 2 ** 31 }), Math.floor(Math.random() * 2 ** 31))
  .option('--once', 'that run alone: what a violation is repeated with')
  .action(loop)

/** What has come of all runs. */
interface Tally {
  runs: number
  faults: number
  sessions: number
  violations: number
  readonly recoveries: number[]
}

async function loop({ minutes, seed, once }: Flags): Promise<void> {
  const photos = await mkdtemp(join(tmpdir(), 'fld-soak-'))
  const server = await startRadosgw()
  const end = performance.now() + minutes * 60_000
  const seeds = randomNumbers(seed)
  const tally: Tally = { runs: 0, faults: 0, sessions: 0, violations: 0, recoveries: [] }
  try {
    await writePages(photos, faultedRun.pages)
    if ((await fld(['models', 'pull', 'starter'])).code !== 0) throw new Error('the models of starter cannot be pulled')
    const expected = await undisturbed(photos)
    for (let next = seed; performance.now() < end; next = Math.floor(seeds() * 2 ** 31)) {
      await one(randomSchedule(next, faultedRun.shards), { photos, server, expected, tally })
      if (once) break
    }
  } finally {
    await server.stop()
    await rm(photos, { recursive: true })
  }
  report(tally)
}

async function undisturbed(photos: string): Promise<string> {
  const site = await FaultSite.open({ seed: 0, store: 'folder', jumpingClock: false, faults: [] }, photos, null)
  try {
    const ended = await site.begin().ended
    if (ended.code !== 0) throw new Error(`a run that nothing was done to ended with ${ended.code}: ${ended.stderr}`)
    return await rowsDigest(site.store)
  } finally {
    await site.close()
  }
}

async function one(
  schedule: Schedule,
  { photos, server, expected, tally }: { photos: string; server: S3Server; expected: string; tally: Tally },
): Promise<void> {
  const site = await FaultSite.open(schedule, photos, server)
  const began = performance.now()
  try {
    const { done, sessions, violations, recoveries } = await endure(site, schedule, expected)
    tally.runs += 1
    tally.faults += done.length + (schedule.jumpingClock ? 1 : 0)
    tally.sessions += sessions
    tally.violations += violations.length
    tally.recoveries.push(...recoveries)
    const clock = schedule.jumpingClock ? ', clock jumps' : ''
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    const outcome = violations.length === 0 ? 'ok' : 'VIOLATED'
    process.stdout.write(
      `seed ${schedule.seed}: ${outcome}, ${schedule.store}${clock}: ${done.join(', ') || 'none in time'}; ${sessions} sessions, ${seconds} s\n`,
    )
    for (const violation of violations) {
      process.stdout.write(`  ${violation}\n  again: npm run test:soak -- --once --seed ${schedule.seed}\n`)
    }
  } finally {
    await site.close()
  }
}

function report({ runs, faults, sessions, violations, recoveries }: Tally): void {
  const sorted = [...recoveries].sort((a, b) => a - b).map((milliseconds) => (milliseconds / 1000).toFixed(1))
  const missed =
    sorted.length === 0
      ? ''
      : `; a killed worker's jobs were missed after ${sorted[0]} to ${sorted.at(-1)} s, median ${sorted[Math.floor(sorted.length / 2)]} s (${sorted.length} times)`
  process.stdout.write(`${runs} runs, ${faults} faults, ${sessions} sessions, ${violations} violations${missed}\n`)
  if (violations > 0) process.exitCode = 1
}

await soak.parseAsync()
