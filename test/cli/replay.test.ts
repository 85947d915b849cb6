import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../../src/dataset/json-record.js'
import type { RoundDiff } from '../../src/rounds/index.js'
import type { RunSummary } from '../../src/run/run-summary.js'
import { openStore } from '../../src/storage/open-store.js'
import { fld, startFld } from './fld-process.js'
import { snapshotRows } from './snapshot-rows.js'
import { writePages } from './written-pages.js'

/** Pages that are read, in shards of two: four shards, two stages, five annotators. */
const pages = 8
let folder: string
let out: string
let run: string
let rows: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-replay-'))
  out = join(folder, 'out')
  const photos = join(folder, 'photos')
  await writePages(photos, pages)
  expect(await fld(['models', 'pull', 'starter'])).toMatchObject({ code: 0 })
  const ended = await fld(['run', 'starter', '--images', photos, '--out', out, '--set', 'shard_size=2', '--json'])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  run = summaryOf(ended.stdout).run
  rows = await snapshotRows(out, run)
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

function summaryOf(stdout: string): RunSummary {
  return JSON.parse(stdout)
}

/** No model can be had: a replay that wanted one would fail. */
const noModels = { FLD_MODELS: '', FLD_CACHE: '/nowhere', HF_ENDPOINT: 'http://127.0.0.1:9', REDIS_URL: '' }

/** The bytes of each table of each shard without the footer, which names the run. */
async function columnBytes(name: string): Promise<Map<string, string>> {
  const store = await openStore(out)
  const found = new Map<string, string>()
  for (let shard = 0; shard < pages / 2; shard += 1) {
    const key = storeLayout.commit(name, 0, `00000${shard}`)
    for (const { table, key: file } of (await readJson(store, key, shardCommitSchema)).files) {
      const body = Buffer.from(await store.get(file))
      const footer = body.readUInt32LE(body.length - 8)
      found.set(`${shard} ${table}`, body.subarray(0, body.length - 8 - footer).toString('base64'))
    }
  }
  await store.close()
  return found
}

describe('fld replay', () => {
  test.each([1, 2])('nothing changed: the same bytes, without any model, in %i threads', async (workers) => {
    const name = `same-${workers}`
    const args = ['replay', run, '--out', out, '--as', name, '--workers', String(workers), '--json']
    const ended = await fld(args, noModels)
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('by the same rules') })
    expect(summaryOf(ended.stdout)).toMatchObject({ run: name, state: 'complete', committed: 4, images: pages })
    expect(await snapshotRows(out, name)).toEqual(rows)
    expect(await columnBytes(name)).toEqual(await columnBytes(run))
    const same = await fld(['diff', run, name, '--out', out, '--exit-code'])
    expect(same, same.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing differs') })
  })

  test('through a queue: the same bytes', async () => {
    const { startEmbeddedRedis } = await import('../../src/queue/embedded-redis.js')
    const redis = await startEmbeddedRedis()
    const args = ['replay', run, '--out', out, '--as', 'queued', '--workers', '1', '--json']
    const ended = await fld(args, { ...noModels, REDIS_URL: redis.url })
    await redis.stop()
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await columnBytes('queued')).toEqual(await columnBytes(run))
  })

  test('a rule for a label that no region can have is refused, with the nearest', async () => {
    const refusal = async (label: string) => {
      const set = ['--set', `consensus.label_rules.${label}.min_votes=3`]
      const { code, stderr } = await fld(['replay', run, '--out', out, ...set], noModels)
      return [code, stderr]
    }
    expect(await refusal('zebrra')).toEqual([
      2,
      expect.stringMatching(/label_rules: the label table has no "zebrra".*nearest: "zebra"/),
    ])
    expect(await refusal('sofa')).toEqual([2, expect.stringMatching(/"sofa" goes by the name "couch"/)])
  })

  test('a replay is told from what it decided again', async () => {
    const status = await fld(['status', 'same-1', '--out', out])
    expect(status.stdout).toContain(`a replay of ${run}, round 0`)
    const { stdout } = await fld(['runs', '--out', out])
    expect(stdout).toMatch(/^run .* replay of$/m)
    expect(stdout).toMatch(new RegExp(`^same-1 .* ${run}:0$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${run} .*Z$`, 'm'))
  })

  test('a changed rule is told, decides otherwise, and can be replayed itself', async () => {
    const set = ['--set', 'consensus.text_score=1']
    const strict = await fld(['replay', run, '--out', out, ...set, '--json'], noModels)
    expect(strict, strict.stderr).toMatchObject({ code: 0 })
    expect(strict.stderr).toMatch(/consensus\.text_score: 0\.\d+ -> 1/)
    const { run: name } = summaryOf(strict.stdout)
    expect(name).toMatch(new RegExp(`^${run}-replay-[0-9a-f]{8}$`))
    const diff = await fld([
      'diff',
      run,
      name,
      '--out',
      out,
      '--json',
      '--exit-code',
      '--overlay',
      join(folder, 'look'),
    ])
    expect(diff, diff.stderr).toMatchObject({ code: 1 })
    const { rules, tables } = JSON.parse(diff.stdout) as RoundDiff
    expect(rules).toMatchObject([{ key: 'text_score', after: 1 }])
    expect(tables.region_text?.changes.dropped).toBeGreaterThan(4)
    expect(tables.region_text?.by.label?.['(text)']?.changes.dropped).toBeGreaterThan(4)
    expect((await readdir(join(folder, 'look'))).filter((file) => /-(before|after)\.png$/.test(file))).not.toEqual([])
    const back = ['--set', `consensus.text_score=${rules[0]?.before}`, '--as', 'back']
    expect(await fld(['replay', name, '--out', out, ...back], noModels)).toMatchObject({ code: 0 })
    expect(await columnBytes('back')).toEqual(await columnBytes(run))
    const text = await fld(['diff', run, `${name}:0`, '--out', out, '--table', 'region_text'])
    expect(text.stdout).toMatch(/region_text by label +before +after +same +added +dropped/)
  })

  test('killed in the middle, the same command goes on', async () => {
    const args = ['replay', run, '--out', out, '--as', 'killed', '--json']
    const running = startFld(args, noModels)
    await running.line(/decides round 0/)
    running.child.kill('SIGKILL')
    await running.ended
    const stopped = startFld(args, noModels)
    await stopped.line(/decides round 0/)
    stopped.child.kill('SIGINT')
    expect([0, 130]).toContain((await stopped.ended).code)
    const ended = await fld(args, noModels)
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await columnBytes('killed')).toEqual(await columnBytes(run))
  })

  test('status and inspect know it', async () => {
    const status = await fld(['status', 'same-1', '--out', out, '--json'])
    expect(summaryOf(status.stdout)).toMatchObject({ run: 'same-1', state: 'complete', images: pages })
    expect((await fld(['inspect', 'same-1', '--out', out, '--shard', '0'])).stdout).toMatch(/page-0[01]\.png/)
  })

  test.each([
    ['what is no rule', ['--set', 'shard_size=4'], 2, /only consensus\.<key> can be set; keys: .*min_votes/],
    ['an unknown rule', ['--set', 'consensus.min_vote=2'], 2, /"min_vote"; allowed: .*min_votes/],
    ['a rule out of range', ['--set', 'consensus.solo_score=2'], 2, /solo_score/],
    [
      'an annotator that is not there',
      ['--set', 'consensus.sources.x.weight=1'],
      2,
      /no annotator "x"; there are: nanodet/,
    ],
    ['a name that is taken', ['--as', 'same-1', '--set', 'consensus.min_votes=5'], 1, /another plan .*another name/],
    ['a round that is not there', ['--round', '3'], 1, /round 3 of run .* is not complete/],
  ])('%s is refused', async (_, more, code, message) => {
    const ended = await fld(['replay', run, '--out', out, ...more], noModels)
    expect(ended, ended.stderr).toMatchObject({ code, stderr: expect.stringMatching(message) })
  })
})

test('decisions about different images are not compared', async () => {
  const photos = join(folder, 'others')
  await writePages(photos, 1)
  const ended = await fld(['run', 'starter', '--images', photos, '--out', out, '--run-id', 'others', '--json'])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  const diff = await fld(['diff', run, 'others', '--out', out])
  expect(diff).toMatchObject({ code: 2, stderr: expect.stringMatching(/about different images/) })
  const round = await fld(['diff', run, `${run}:1`, '--out', out])
  expect(round).toMatchObject({ code: 1, stderr: expect.stringMatching(/round 1 of run .* no committed shard/) })
})
