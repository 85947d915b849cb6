import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunSummary } from '../../src/run/run-summary.js'
import { openStore } from '../../src/storage/open-store.js'
import { createBucket, plainClient, s3Connection } from '../servers/s3-connection.js'
import { fld, redisProcess, startFld, workerProcesses } from './fld-process.js'
import { rowsOf, snapshotRows } from './snapshot-rows.js'
import { writePages } from './written-pages.js'

/** Pages that are read, in shards of four: three shards. */
const pages = 12
const settings = ['--set', 'shard_size=4', '--set', 'batch_size=2', '--json']
let folder: string
let photos: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-cli-'))
  photos = join(folder, 'photos')
  await writePages(photos, pages)
  // Arrives once, so that no test below waits for the network.
  expect(await fld(['models', 'pull', 'starter'])).toMatchObject({ code: 0 })
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

function summaryOf(stdout: string): RunSummary {
  return JSON.parse(stdout)
}

describe('a run in a folder', () => {
  let out: string
  let run: string
  let rows: string[]
  beforeAll(async () => {
    out = join(folder, 'out')
    const ended = await fld(['run', 'starter', '--images', photos, '--out', out, ...settings])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    run = summaryOf(ended.stdout).run
    rows = await snapshotRows(out, run)
  }, 300_000)

  test('reads every page, and says so in regions, texts and triplets', () => {
    const of = (table: string) => rows.map((row) => JSON.parse(row)).filter(([name]) => name === table)
    const read = of('region_text').map(([, row]) => row.phrase)
    expect(read.filter((text: string) => /EXIT|GATE|BREAD|TICKETS|LIBRARY/.test(text)).length).toBeGreaterThanOrEqual(5)
    expect(of('text').length).toBeGreaterThanOrEqual(pages)
    for (const [, triplet] of of('phrase_region')) {
      const [, text] = of('text').find(([, row]) => row.text_id === triplet.text_id) ?? []
      expect(text.text.slice(triplet.start, triplet.end)).toBe(triplet.phrase)
    }
  })

  test('the same command again changes nothing', async () => {
    const ended = await fld(['run', 'starter', '--images', photos, '--out', out, ...settings])
    expect(ended.code).toBe(0)
    expect(summaryOf(ended.stdout)).toMatchObject({ run, state: 'complete', committed: 3, images: pages })
    expect(await snapshotRows(out, run)).toEqual(rows)
  })

  test('status, runs and inspect tell the same story', async () => {
    const status = await fld(['status', '--out', out, '--json'])
    expect(summaryOf(status.stdout)).toMatchObject({ run, state: 'complete', images: pages })
    expect((await fld(['runs', '--out', out])).stdout).toMatch(new RegExp(`${run} +0 +complete +3/3 +12`))
    const shard = await fld(['inspect', run, '--out', out, '--shard', '1', '--json'])
    const images = shard.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(images).toHaveLength(4)
    const overlay = join(folder, 'overlay.png')
    const image = images[0].image_id
    const one = await fld(['inspect', run, '--out', out, '--image', image, '--overlay', overlay, '--json'])
    expect(JSON.parse(one.stdout)).toMatchObject({ image: { image_id: image }, text: expect.any(Array) })
    expect((await sharp(overlay).metadata()).width).toBeGreaterThan(400)
  })

  test('another plan under the same name is refused, saying what differs', async () => {
    const args = ['run', 'starter', '--images', photos, '--out', out, ...settings, '--run-id', run]
    const ended = await fld([...args, '--set', 'annotators.ppocr.limit_side_len=320'])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/annotator ppocr has other options \(limit_side_len\)/)
  })

  test('on S3 the annotations are the same, byte for byte', async () => {
    const connection = await s3Connection()
    const bucket = await createBucket(connection)
    const env = {
      AWS_ENDPOINT_URL_S3: connection.endpoint,
      AWS_REGION: connection.region,
      AWS_ACCESS_KEY_ID: connection.accessKeyId,
      AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
    }
    const location = `s3://${bucket}/sets`
    const ended = await fld(['run', 'starter', '--images', photos, '--out', location, ...settings], env)
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const { accessKeyId, secretAccessKey, endpoint, region } = connection
    const store = await openStore(location, { s3: { endpoint, region, credentials: { accessKeyId, secretAccessKey } } })
    expect(await rowsOf(store, summaryOf(ended.stdout).run)).toEqual(rows)
    await store.close()
    expect(ended.stdout + ended.stderr).not.toContain(secretAccessKey)
    plainClient(connection).destroy()
  })

  test('a worker that is killed in the middle costs no image and no row', async () => {
    const again = join(folder, 'killed')
    const running = startFld(['run', 'starter', '--images', photos, '--out', again, ...settings])
    await running.line(/12 images of/)
    const [worker] = await workerProcesses(running.child.pid ?? 0)
    if (worker === undefined) throw new Error('no worker process was found')
    process.kill(worker, 'SIGKILL')
    await running.line(/a worker process ended \(SIGKILL\); another takes its place/)
    const ended = await running.ended
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await snapshotRows(again, summaryOf(ended.stdout).run)).toEqual(rows)
  }, 180_000)

  test('a redis-server that is killed ends the run with what to do; the same command completes it', async () => {
    const again = join(folder, 'no-redis')
    const args = ['run', 'starter', '--images', photos, '--out', again, ...settings]
    const running = startFld(args)
    await running.line(/12 images of/)
    const server = await redisProcess(running.child.pid ?? 0)
    if (server === undefined) throw new Error('no redis-server was found')
    process.kill(server, 'SIGKILL')
    const stopped = await running.ended
    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toMatch(/redis-server of this run ended by signal 9; .* run the same command again/)
    const ended = await fld(args)
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await snapshotRows(again, summaryOf(ended.stdout).run)).toEqual(rows)
  }, 180_000)

  test('Ctrl-C stops it with a hint; the same command completes it', async () => {
    const again = join(folder, 'stopped')
    const args = ['run', 'starter', '--images', photos, '--out', again, ...settings]
    const running = startFld(args)
    await running.line(/12 images of/)
    running.child.kill('SIGINT')
    const stopped = await running.ended
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(/stopping: running batches end first; Ctrl-C again stops at once/)
    expect(stopped.stderr).toMatch(/to go on, run the same command again:\n {2}fld run starter/)
    const ended = await fld(args)
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await snapshotRows(again, summaryOf(ended.stdout).run)).toEqual(rows)
  }, 180_000)
})

test('a source with bad files: exit code 3, and each is a reject with its reason', async () => {
  const mixed = join(folder, 'mixed')
  await writePages(mixed, 2)
  await writeFile(join(mixed, 'empty.jpg'), '')
  await writeFile(join(mixed, 'words.png'), 'not a picture')
  await copyFile(join(mixed, 'page-00.png'), join(mixed, 'page-00-copy.png'))
  const out = join(folder, 'mixed-out')
  const args = ['run', 'starter', '--images', mixed, '--out', out, '--json']
  const ended = await fld(args)
  expect(ended, ended.stderr).toMatchObject({ code: 3 })
  expect(summaryOf(ended.stdout)).toMatchObject({
    state: 'complete',
    images: 2,
    refused: 3,
    quarantined: 2,
    rejects: { zero_bytes: 1, not_an_image: 1, exact_duplicate: 1 },
  })
  const shown = await fld(['inspect', '--out', out, '--shard', '0'])
  expect(shown.stdout).toMatch(/refused, zero_bytes: .*empty\.jpg/)
  const limited = await fld([...args, '--set', 'ingest.max_pixels=1000'])
  expect(summaryOf(limited.stdout)).toMatchObject({ images: 0, rejects: { too_many_pixels: 3 } })
})

test('a source without any image is not a success', async () => {
  const empty = join(folder, 'empty')
  await mkdir(empty)
  const ended = await fld(['run', 'starter', '--images', empty, '--out', join(folder, 'empty-out')])
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`no image was found in ${empty}`) })
})

test('annotate: JSON lines, a failure has its reason and exit code 3', async () => {
  const broken = join(folder, 'broken.png')
  await writeFile(broken, 'no picture')
  const page = join(photos, 'page-00.png')
  const ended = await fld(['annotate', 'starter/ppocr', '--images', page, broken, '--json'])
  expect(ended.code).toBe(3)
  const [first, second] = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(first).toMatchObject({ image: page, width: 480, height: 240, annotator: 'ppocr', failure: null })
  expect(first.observations[0]).toMatchObject({ kind: 'text_region', text: expect.stringContaining('GATE') })
  expect(second).toMatchObject({
    image: broken,
    failure: expect.stringContaining('cannot be decoded'),
    observations: [],
  })
})

test('doctor finds this machine fit', async () => {
  const ended = await fld(['doctor', '--out', join(folder, 'doctor'), '--json'])
  expect(ended.code).toBe(0)
  const findings = JSON.parse(ended.stdout) as { check: string; ok: boolean }[]
  expect(findings.filter(({ ok }) => !ok)).toEqual([])
  expect(findings.map(({ check }) => check)).toContain('store: second write is refused')
})

test('--detach goes on in the background', async () => {
  const out = join(folder, 'detached')
  const ended = await fld([
    'run',
    'starter',
    '--images',
    photos,
    '--out',
    out,
    '--run-id',
    'later',
    '--detach',
    ...settings,
  ])
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('fld status later') })
  const pid = Number(/process (\d+)/.exec(ended.stdout)?.[1])
  const over = startFld(['status', 'later', '--out', out, '--json'])
  expect(summaryOf((await over.ended).stdout).run).toBe('later')
  await expect
    .poll(
      () =>
        stat(`/proc/${pid}`).then(
          () => 'running',
          () => 'ended',
        ),
      { timeout: 120_000, interval: 200 },
    )
    .toBe('ended')
  const status = await fld(['status', 'later', '--out', out, '--json'])
  expect(summaryOf(status.stdout)).toMatchObject({ state: 'complete', images: pages })
}, 180_000)

describe('usage', () => {
  test.each([
    ['no source', ['run', 'starter'], /required option '--images <source>'/],
    ['a number out of range', ['run', 'starter', '--images', '.', '--workers', '1.5'], /whole number from 0 to 64/],
    ['an unknown option', ['runs', '--all'], /unknown option '--all'/],
    ['an unknown command', ['rum'], /unknown command 'rum'/],
    ['an unknown pipeline', ['run', 'nope', '--images', '.'], /no pipeline "nope"; there are: starter/],
    ['an unknown queue', ['worker', '--queues', 'gpu'], /"gpu" is none of shards, annotate-cpu/],
    ['no worker at all', ['run', 'starter', '--images', '.', '--workers', '0'], /--workers 0 needs REDIS_URL/],
    ['a worker without Redis', ['worker'], /REDIS_URL is not set/],
    ['a source that is not there', ['run', 'starter', '--images', '/nowhere/at/all'], /\/nowhere\/at\/all/],
    ['an unknown pack', ['models', 'pull', 'nope'], /no pack "nope"; there are: coco-small, fld5b, starter/],
    [
      'an image folder that is not there',
      ['run', 'starter', '--images', 'a.json', '--image-folder', '/nowhere'],
      /\/nowhere/,
    ],
    ['an image folder for no COCO file', ['run', 'starter', '--images', '.', '--image-folder', '.'], /COCO annotation/],
    ['overlay without an image', ['inspect', 'x', '--overlay', 'a.png'], /--image/],
  ])('%s: exit code 2 and a sentence', async (_, args, message) => {
    const ended = await fld(args)
    expect(ended, ended.stderr).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })

  test('a run that is not there: exit code 1, naming those there are', async () => {
    const ended = await fld(['status', 'nope', '--out', join(folder, 'out')])
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/no run "nope".*there are: starter-/) })
  })

  test.each(['run', 'status', 'runs', 'worker', 'models', 'inspect', 'annotate', 'doctor'])(
    'fld %s --help shows examples',
    async (command) => {
      const ended = await fld([command, '--help'])
      expect(ended.code).toBe(0)
      expect(ended.stdout).toMatch(/Examples?:\n/)
    },
  )
})
