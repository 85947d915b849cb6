import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { starter } from '../../pipelines/starter.js'
import { startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import type { RunSummary } from '../../src/run/run-summary.js'
import { fld, startFld, workerProcesses } from './fld-process.js'
import { snapshotRows } from './snapshot-rows.js'
import { writePages } from './written-pages.js'

/** Pages that are read, in shards of four: six shards. */
const pages = 24
const settings = ['--set', 'shard_size=4', '--set', 'batch_size=2', '--window', '1', '--json']
let folder: string
let photos: string
let undisturbed: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-resume-'))
  photos = join(folder, 'photos')
  await writePages(photos, pages)
  expect(await fld(['models', 'pull', 'starter'])).toMatchObject({ code: 0 })
  const out = join(folder, 'undisturbed')
  const ended = await fld(['run', 'starter', '--images', photos, '--out', out, ...settings])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  undisturbed = await snapshotRows(out, summaryOf(ended.stdout).run)
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

function summaryOf(stdout: string): RunSummary {
  return JSON.parse(stdout)
}

/** Begins a run and waits until its first shard is committed. */
async function begun(out: string, pipeline = 'starter') {
  const running = startFld(['run', pipeline, '--images', photos, '--out', out, '--run-id', 'it', ...settings])
  const commits = join(out, 'runs/it/rounds/0/commits')
  await expect.poll(() => readdir(commits).catch(() => []), { timeout: 60_000, interval: 20 }).not.toEqual([])
  return running
}

async function resumed(out: string): Promise<void> {
  const ended = await fld(['resume', 'it', '--out', out, '--json', '--workers', '2'])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  expect(summaryOf(ended.stdout)).toMatchObject({ state: 'complete', committed: 6, images: pages })
  expect(await snapshotRows(out, 'it')).toEqual(undisturbed)
}

test('a run whose session was killed goes on by its name alone, with another number of workers', async () => {
  const out = join(folder, 'killed')
  const running = await begun(out)
  running.child.kill('SIGKILL')
  await running.ended
  await resumed(out)
  const again = await fld(['resume', 'it', '--out', out])
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('run it is complete') })
})

test('of two sessions of one run, on one Redis, the second goes on when the first is killed', async () => {
  const out = join(folder, 'two')
  const redis = await startEmbeddedRedis()
  try {
    const env = { REDIS_URL: redis.url }
    const first = startFld(['run', 'starter', '--images', photos, '--out', out, '--run-id', 'it', ...settings], env)
    const commits = join(out, 'runs/it/rounds/0/commits')
    await expect.poll(() => readdir(commits).catch(() => []), { timeout: 60_000, interval: 20 }).not.toEqual([])
    const second = startFld(['resume', 'it', '--out', out, '--json'], env)
    await second.line(/goes on with/)
    first.child.kill('SIGKILL')
    const ended = await second.ended
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await snapshotRows(out, 'it')).toEqual(undisturbed)
  } finally {
    await redis.stop()
  }
}, 120_000)

test('paused from outside, the session ends after the shards in flight; resume lets it go on', async () => {
  const out = join(folder, 'paused')
  const running = await begun(out)
  // The shards would be done before the session has heard of it: it asks every two seconds, and says nothing when it did.
  const workers = await workerProcesses(running.child.pid ?? 0)
  for (const worker of workers) process.kill(worker, 'SIGSTOP')
  expect(await fld(['pause', 'it', '--out', out])).toMatchObject({ code: 0 })
  await delay(2_500)
  for (const worker of workers) process.kill(worker, 'SIGCONT')
  const ended = await running.ended
  expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('run it is paused') })
  expect(summaryOf(ended.stdout)).toMatchObject({ state: 'paused' })
  await resumed(out)
  const late = await fld(['pause', 'it', '--out', out])
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('is complete') })
})

test('cancelled, a run ends and the same command refuses to go on; resume takes it back', async () => {
  const out = join(folder, 'cancelled')
  const running = await begun(out)
  expect(await fld(['cancel', 'it', '--out', out])).toMatchObject({ code: 0 })
  expect(await running.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('run "it" was cancelled') })
  const same = await fld(['run', 'starter', '--images', photos, '--out', out, '--run-id', 'it', ...settings])
  expect(same).toMatchObject({ code: 1, stderr: expect.stringContaining('fld resume it') })
  const status = await fld(['status', 'it', '--out', out, '--json'])
  expect(summaryOf(status.stdout)).toMatchObject({ state: 'cancelled' })
  await resumed(out)
})

test('another pipeline is refused, naming what changed and what a new run would reuse', async () => {
  const out = join(folder, 'changed')
  const file = join(folder, 'mine.yaml')
  await writeFile(file, stringify(starter))
  const running = await begun(out, file)
  running.child.kill('SIGKILL')
  await running.ended
  await writeFile(file, stringify({ ...starter, consensus: { ...starter.consensus, region_score: 0.123 } }))
  const refused = await fld(['resume', 'it', '--out', out])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/cannot go on: .*consensus\.region_score was [\d.]+, and is 0\.123 now/)
  expect(refused.stderr).toContain(`fld run ${file} --images ${photos} --out ${out}`)
  expect(refused.stderr).toMatch(/asks .*ppocr.* nothing again/)
  await rm(file)
  const ended = await fld(['resume', 'it', '--out', out, '--json'])
  expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('as the run has it') })
})

test('images that changed while they were being packed are refused', async () => {
  const out = join(folder, 'inputs')
  const running = await begun(out)
  running.child.kill('SIGKILL')
  await running.ended
  // As after a stop in the middle of packing: the set has no record yet.
  const plan = JSON.parse(await readFile(join(out, 'runs/it/run.json'), 'utf8'))
  await rm(join(out, `images/${plan.set}/set.json`), { force: true })
  const more = join(folder, 'more')
  await writePages(more, pages + 1)
  const refused = await fld(['resume', 'it', '--out', out, '--images', more])
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/its images are set \S+, these are more-/) })
  await resumed(out)
})

test.each(['resume', 'retry', 'failures', 'pause', 'cancel', 'gc'])('fld %s --help shows examples', async (command) => {
  expect(await fld([command, '--help'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/Examples?:\n/) })
})

test('failures of a sound run: none; retry and gc have nothing to do', async () => {
  const out = join(folder, 'undisturbed')
  const runs = await fld(['runs', '--out', out, '--json'])
  const { run } = summaryOf(runs.stdout)
  expect(await fld(['failures', run, '--out', out])).toMatchObject({
    code: 0,
    stdout: `run ${run}: nothing failed\n`,
  })
  expect(await fld(['retry', run, '--out', out, '--all'])).toMatchObject({ code: 0 })
  expect(await fld(['retry', run, '--out', out])).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') })
  expect(await fld(['retry', run, '--out', out, '--cause', 'ppocr'])).toMatchObject({ code: 2 })
  expect(await fld(['gc', run, '--out', out])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`run ${run}: 0 files`),
  })
})
