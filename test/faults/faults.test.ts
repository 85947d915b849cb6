import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fld } from '../cli/fld-process.js'
import { writePages } from '../cli/written-pages.js'
import { s3Connection } from '../servers/s3-connection.js'
import { endure, rowsDigest } from './endure.js'
import { FaultSite, faultedRun } from './fault-site.js'
import type { Schedule } from './schedule.js'

let photos: string
let undisturbed: string

beforeAll(async () => {
  photos = await mkdtemp(join(tmpdir(), 'fld-faults-'))
  await writePages(photos, faultedRun.pages)
  expect(await fld(['models', 'pull', 'starter'])).toMatchObject({ code: 0 })
  const site = await FaultSite.open({ seed: 0, store: 'folder', jumpingClock: false, faults: [] }, photos, null)
  const ended = await site.begin().ended
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  undisturbed = await rowsDigest(site.store)
  await site.close()
}, 300_000)
afterAll(() => rm(photos, { recursive: true }))

const cases: [name: string, schedule: Omit<Schedule, 'seed' | 'jumpingClock'> & { jumpingClock?: boolean }][] = [
  [
    'the session is killed, twice',
    {
      store: 'folder',
      faults: [
        { after: 1, kind: 'kill_session' },
        { after: 4, kind: 'kill_session' },
      ],
    },
  ],
  [
    'a worker is killed, and Redis forgets everything',
    {
      store: 'folder',
      faults: [
        { after: 1, kind: 'kill_worker' },
        { after: 3, kind: 'flush_redis' },
      ],
    },
  ],
  [
    'a worker is stopped, taken for dead, and wakes up',
    {
      store: 's3',
      faults: [
        { after: 1, kind: 'stop_worker' },
        { after: 3, kind: 'kill_worker' },
      ],
    },
  ],
  ['Redis is killed and comes back empty', { store: 'folder', faults: [{ after: 2, kind: 'kill_redis' }] }],
  ['Redis has no memory left for a while', { store: 'folder', faults: [{ after: 1, kind: 'fill_redis' }] }],
  ['the disk is full until somebody makes room', { store: 'folder', faults: [{ after: 0, kind: 'fill_disk' }] }],
  [
    'the clock jumps by hours while the session is killed',
    { store: 'folder', jumpingClock: true, faults: [{ after: 2, kind: 'kill_session' }] },
  ],
  [
    'the store is down, then answers with errors',
    {
      store: 's3',
      faults: [
        { after: 1, kind: 'store_down' },
        { after: 3, kind: 'store_errors' },
      ],
    },
  ],
  [
    'answers of the store get lost, and bodies are cut',
    {
      store: 's3',
      faults: [
        { after: 0, kind: 'store_lost_answers' },
        { after: 2, kind: 'store_cut' },
        { after: 4, kind: 'store_resets' },
      ],
    },
  ],
  [
    'the store is slow, and the session is killed',
    {
      store: 's3',
      faults: [
        { after: 1, kind: 'store_slow' },
        { after: 3, kind: 'kill_session' },
      ],
    },
  ],
]

test.for(cases)(
  '%s: nothing is lost, nothing is there twice',
  { timeout: 240_000 },
  async ([name, asked], { skip }) => {
    const schedule: Schedule = { seed: 11, jumpingClock: false, ...asked }
    const site = await FaultSite.open(schedule, photos, asked.store === 's3' ? await s3Connection() : null)
    try {
      const endured = await endure(site, schedule, undisturbed)
      expect(endured.violations).toEqual([])
      if (endured.impossible.length > 0) {
        process.stderr.write(`SKIPPED: ${name}: this machine lets nobody mount a small disk\n`)
        skip()
      }
      // A full disk and a killed session are not got over without somebody.
      const helped = schedule.faults.filter(({ kind }) => kind === 'fill_disk' || kind === 'kill_session').length
      expect(endured.sessions).toBeGreaterThan(helped)
      expect(endured.done).toEqual(schedule.faults.map(({ kind }) => kind))
    } finally {
      await site.close()
    }
  },
)
