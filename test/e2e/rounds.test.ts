import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type AnnotationRow, annotationTables } from '../../schemas/annotation.js'
import { listCommitted } from '../../src/dataset/committed-shards.js'
import { currentRound } from '../../src/dataset/current-round.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable } from '../../src/dataset/snapshot.js'
import type { RoundStep } from '../../src/run/round-history.js'
import { readRoundPlan } from '../../src/run/round-plan.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { fld, startFld, workerProcesses } from '../cli/fld-process.js'
import { describeWithReference } from '../reference-data.js'
import { copyPhotographs } from './small-fld5b.js'
import { addTinyCheckpoints } from './small-florence2.js'

const shards = 3
const photographs = 6
// What the tiny checkpoint says is random: low scores are heard, and whatever stands on little is put to its judgement.
const rules = [
  'round.checkpoint_score=0',
  'round.text_score=0',
  'round.weak_score=0.55',
  'decoding.max_new_tokens=24',
].flatMap((rule) => ['--set', rule])

describeWithReference('rounds of two checkpoints', ['golden/florence2/tiny', 'photos/coco_mini'], () => {
  let folder: string
  let out: string
  let store: ObjectStore
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-rounds-'))
    out = join(folder, 'out')
    store = await openStore(out)
    await copyPhotographs(join(folder, 'photos'), photographs)
    await addTinyCheckpoints(store, { name: 'tiny', folder })
    const pipeline = join(folder, 'small.yaml')
    const stages = [
      { name: 'objects', annotators: ['starter/nanodet'] },
      { name: 'texts', annotators: ['starter/template-caption'] },
    ]
    const consensus = { min_votes: 1, score_threshold: 0.3, region_score: 0.3, solo_score: 0.3, unopposed_score: 0.3 }
    await writeFile(pipeline, stringify({ name: 'small', shard_size: photographs / shards, stages, consensus }))
    for (const run of ['calm', 'killed']) {
      const args = [
        'run',
        pipeline,
        '--images',
        join(folder, 'photos'),
        '--out',
        out,
        '--run-id',
        run,
        '--workers',
        '1',
      ]
      const ended = await fld(args)
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
    }
  }, 300_000)
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  const round = (run: string, version: number, ...more: string[]) => [
    ...['round', run, '--checkpoint', `tiny@${version}`, '--out', out, '--workers', '1', '--window', '1', '--json'],
    ...[...rules, ...more],
  ]
  const verified = async (run: string, of: number) => {
    const ended = await fld(['verify', run, '--round', String(of), '--out', out, '--json'])
    return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')
  }

  test('killed and gone on with in the middle, a round has the rows of one that nobody disturbed', async () => {
    const running = startFld(round('killed', 1))
    await committed(store, 'killed', 1)
    const [worker] = await workerProcesses(running.child.pid ?? 0)
    if (worker === undefined) throw new Error('no worker process was found')
    process.kill(worker, 'SIGKILL')
    await committed(store, 'killed', 2)
    running.child.kill('SIGKILL')
    await running.ended
    // By its name alone: rules and checkpoint are in the plan of the round.
    const resumed = await fld(['resume', 'killed', '--out', out, '--workers', '1'])
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
    expect(resumed.stderr).toContain('run killed, round 1: checkpoint tiny@1 annotates again what round 0 holds')
    const calm = await fld(round('calm', 1))
    expect(calm, calm.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(calm.stdout)).toMatchObject({
      state: 'complete',
      round: 1,
      images: photographs,
      checkpoints: { 'tiny@1': shards },
    })
    const rows = await rowsOf(store, 'calm', 1)
    expect(await rowsOf(store, 'killed', 1)).toEqual(rows)
    expect(rows.length).toBeGreaterThan(photographs)
    expect(await verified('killed', 1)).toMatchObject({ state: 'complete', violations: 0, committed: photographs })
  }, 400_000)

  test('the same command again begins nothing, other rules are refused by name, and no round is passed over', async () => {
    const again = await fld(round('calm', 1))
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'complete', round: 1 })
    const other = await fld(round('calm', 1, '--set', 'round.weak_votes=1'))
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/round 1 .*has begun otherwise \(round.weak_votes 2, asked for 1\)/)
    const far = await fld(round('calm', 2, '--round', '7'))
    expect(far.code).toBe(2)
    expect(far.stderr).toMatch(/--round 7: round 6 .*the next round is 2/)
  }, 120_000)

  test('after a second round every row says which checkpoints it has, earlier rounds stand as they were', async () => {
    const first = await rowsOf(store, 'calm', 1)
    const ended = await fld(round('calm', 2))
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(await rowsOf(store, 'calm', 1)).toEqual(first)
    expect(await verified('calm', 2)).toMatchObject({ state: 'complete', violations: 0, committed: photographs })
    const labels = new Map<string, number>()
    for (const line of await rowsOf(store, 'calm', 2)) {
      const [, row]: [string, AnnotationRow] = JSON.parse(line)
      expect(row.round).toBe(2)
      const versions = row.support.flatMap((name) => /^tiny-v(\d)-/.exec(name)?.[1] ?? [])
      expect(row.checkpoints ?? []).toEqual([...new Set(versions)].sort().map((version) => `tiny@${version}`))
      for (const label of row.checkpoints ?? ['none']) labels.set(label, (labels.get(label) ?? 0) + 1)
    }
    expect([...labels.keys()].sort()).toEqual(['none', 'tiny@1', 'tiny@2'])
  }, 300_000)

  test('a run goes back a round with one command, the next round is merged with the one it stands at, and back again', async () => {
    expect(await currentRound(store, 'calm')).toBe(2)
    const back = await fld(['rollback', 'calm', '--reason', 'weak texts', '--out', out])
    expect(back).toMatchObject({ code: 0, stdout: 'run calm stands at round 1; withdrawn: 2\n' })
    expect(await currentRound(store, 'calm')).toBe(1)
    const next = await fld(round('calm', 2, '--set', 'round.weak_votes=1'))
    expect(next, next.stderr).toMatchObject({ code: 0 })
    expect(await readRoundPlan(store, { run: 'calm', round: 3 })).toMatchObject({ before: { round: 1 } })
    expect(await verified('calm', 3)).toMatchObject({ state: 'complete', violations: 0 })
    expect(await currentRound(store, 'calm')).toBe(3)
    const far = await fld(['rollback', 'calm', '--to', '0', '--out', out])
    expect(far.stdout).toBe('run calm stands at round 0; withdrawn: 1, 2, 3\n')
    const further = await fld(['rollback', 'calm', '--out', out])
    expect(further.code).toBe(2)
    expect(further.stderr).toMatch(/cannot go back: it stands at round 0, and no round before it stands/)
    await fld(['rollback', 'calm', '--undo', '--out', out])
    expect(await currentRound(store, 'calm')).toBe(3)
  }, 300_000)

  test('who names no round is shown the one that the run stands at; a merge is no decision to replay', async () => {
    const { stdout } = await fld(['status', 'calm', '--out', out, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ round: 3, state: 'complete' })
    const report = JSON.parse(
      (await fld(['report', 'calm', '--round', '1', '--out', out, '--to', join(folder, 'report'), '--json'])).stdout,
    )
    const sources: { annotator: string; shards: number }[] = report.sources
    expect(sources.map(({ annotator, shards: heard }) => [annotator, heard])).toEqual(
      ['image', 'regions', 'texts'].map((stage) => [`tiny-v1-${stage}`, shards]),
    )
    const replayed = await fld(['replay', 'calm', '--round', '1', '--out', out])
    expect(replayed.code).toBe(2)
    expect(replayed.stderr).toMatch(/round 1 of run "calm" is a merge .*fld rollback calm, then fld round calm/)
  }, 120_000)

  test('the rounds of a run say how much each changed, and which is current', async () => {
    const { stdout } = await fld(['rounds', 'calm', '--out', out, '--json'])
    const steps: RoundStep[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(steps.map(({ round, step, current }) => [round, step?.before, step?.checkpoint, current])).toEqual([
      [0, undefined, undefined, false],
      [1, 0, 'tiny@1', false],
      [2, 1, 'tiny@2', false],
      [3, 1, 'tiny@2', true],
    ])
    expect(steps[1]?.step?.churn.total).toBeGreaterThan(0)
    for (const { step } of steps.slice(1)) {
      expect(step?.churn.total).toBeGreaterThanOrEqual(0)
      expect(step?.agreement).toBeGreaterThanOrEqual(0)
      expect(step?.agreement).toBeLessThanOrEqual(1)
    }
  }, 60_000)

  test('a round that was withdrawn while it was open is given up for another', async () => {
    const running = startFld(round('killed', 2))
    await committed(store, 'killed', 1, 2)
    running.child.kill('SIGKILL')
    await running.ended
    const back = await fld(['rollback', 'killed', '--out', out])
    expect(back.stdout).toBe('run killed stands at round 0; withdrawn: 1, 2\n')
    const resumed = await fld(['resume', 'killed', '--out', out])
    expect(resumed.stderr).toMatch(/round 2 of run killed is withdrawn.*fld round begins another/)
    const other = await fld(round('killed', 2, '--set', 'round.weak_votes=1'))
    expect(other, other.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(other.stdout)).toMatchObject({ state: 'complete', round: 3 })
    expect(await readRoundPlan(store, { run: 'killed', round: 3 })).toMatchObject({ before: { round: 0 } })
    expect(await verified('killed', 3)).toMatchObject({ state: 'complete', violations: 0 })
    expect(await currentRound(store, 'killed')).toBe(3)
    const given = await fld(round('killed', 2, '--round', '2'))
    expect(given).toMatchObject({ code: 2, stderr: expect.stringContaining('given up for a later one') })
  }, 300_000)

  test('diff says what a round changed', async () => {
    const { stdout } = await fld(['diff', 'calm', '0', '1', '--out', out, '--json'])
    const { tables } = JSON.parse(stdout)
    const before = await countOf(store, 'calm', 0)
    const after = await countOf(store, 'calm', 1)
    const { added, dropped } = tables.region_text.changes
    expect(after - before).toBe(added - dropped)
  }, 60_000)
})

async function rowsOf(store: ObjectStore, run: string, of: number): Promise<string[]> {
  const manifest = await readManifest(store, run, of)
  if (manifest === null) throw new Error(`round ${of} of ${run} is not closed`)
  const rows: string[] = []
  for (const table of annotationTables) {
    const found = readSnapshotTable(store, manifestShards(store, manifest), table)
    for await (const row of found) rows.push(JSON.stringify([table, row]))
  }
  return rows.sort()
}

async function countOf(store: ObjectStore, run: string, of: number): Promise<number> {
  return (await readManifest(store, run, of))?.rows.region_text ?? 0
}

/** Resolves when so many shards of a round are committed. */
async function committed(store: ObjectStore, run: string, count: number, round = 1): Promise<void> {
  for (;;) {
    let found = 0
    for await (const _ of listCommitted(store, run, round)) found += 1
    if (found >= count) return
    await delay(20)
  }
}
