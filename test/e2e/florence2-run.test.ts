import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotationTables } from '../../schemas/annotation.js'
import type { ShardCommit } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readCommits } from '../../src/dataset/committed-shards.js'
import { readShardTable } from '../../src/dataset/snapshot.js'
import { promoteCheckpoint } from '../../src/rounds/index.js'
import type { RunSummary } from '../../src/run/run-summary.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { fld, startFld, workerProcesses } from '../cli/fld-process.js'
import { rowsOf } from '../cli/snapshot-rows.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { copyPhotographs } from './small-fld5b.js'
import { addTinyCheckpoints, writeCheckpointPipeline } from './small-florence2.js'

const photographs = 12
const shards = 6

/** A tiny random Florence-2 in three stages, beside a small real detector, over real photographs. */
describeWithReference(
  'a run that a Florence-2 checkpoint annotates',
  ['golden/florence2/tiny', 'models', 'photos/coco_mini'],
  () => {
    let folder: string
    let out: string
    let store: ObjectStore
    const env = { FLD_MODELS: referencePath('models') }
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fld-florence2-'))
      out = join(folder, 'out')
      store = await openStore(out)
      await copyPhotographs(join(folder, 'photos'), photographs)
    })
    afterAll(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    const argumentsOf = async (checkpoint: string) => [
      ...['run', await writeCheckpointPipeline(folder, { checkpoint, shardSize: photographs / shards })],
      ...['--images', join(folder, 'photos'), '--out', out, '--json', '--workers', '1', '--window', '2'],
    ]
    const summaryOf = (stdout: string): RunSummary => JSON.parse(stdout)
    const complete = async (checkpoint: string): Promise<RunSummary> => {
      const ended = await fld(await argumentsOf(checkpoint), env)
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      return summaryOf(ended.stdout)
    }

    test('a checkpoint that is not there, or of which nothing was promoted, is told before anything starts', async () => {
      const missing = await fld(await argumentsOf('tiny'), env)
      expect(missing.code).toBe(2)
      expect(missing.stderr).toMatch(/no checkpoint "tiny" in .*fld checkpoint add/)
      await addTinyCheckpoints(store, { name: 'tiny', folder })
      const unpromoted = await fld(await argumentsOf('tiny'), env)
      expect(unpromoted.code).toBe(2)
      expect(unpromoted.stderr).toMatch(/there are: 1, 2. fld checkpoint promote tiny@2/)
      expect(await readdir(out)).not.toContain('runs')
    }, 120_000)

    test('killed, resumed and promoted half-way: every row says its checkpoint, and no shard has two', async () => {
      await promoteCheckpoint(store, 'tiny', 1)
      const args = await argumentsOf('tiny')
      const running = startFld(args, env)
      const run = await begun(store)
      await committed(store, run, 1)
      const [worker] = await workerProcesses(running.child.pid ?? 0)
      if (worker === undefined) throw new Error('no worker process was found')
      process.kill(worker, 'SIGKILL')
      await committed(store, run, 2)
      await promoteCheckpoint(store, 'tiny', 2, { forced: 'a test' })
      await committed(store, run, 4)
      running.child.kill('SIGKILL')
      await running.ended
      const ended = await fld(args, env)
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      const summary = summaryOf(ended.stdout)
      expect(summary).toMatchObject({ run, state: 'complete', images: photographs, quarantined: 0, absent: {} })

      const commits = await commitsOf(store, run)
      const versions = commits.map(({ checkpoints }) => checkpoints.tiny)
      expect(new Set(versions)).toEqual(new Set([1, 2]))
      const count = (version: number) => versions.filter((each) => each === version).length
      expect(summary.checkpoints).toEqual({ 'tiny@1': count(1), 'tiny@2': count(2) })
      for (const commit of commits) await checkLabels(store, commit)
    }, 300_000)

    test('each shard has the very rows that its version gives a run of its own', async () => {
      const mixed = await complete('tiny')
      const [one, two] = [await complete('tiny@1'), await complete('tiny@2')]
      const [first, second] = [await rowsByShard(store, one.run), await rowsByShard(store, two.run)]
      const rows = await rowsByShard(store, mixed.run)
      let differing = 0
      for (const { shard, checkpoints } of await commitsOf(store, mixed.run)) {
        const [own, other] = checkpoints.tiny === 1 ? [first, second] : [second, first]
        expect(rows.get(shard)).toEqual(own.get(shard))
        if (JSON.stringify(own.get(shard)) !== JSON.stringify(other.get(shard))) differing += 1
      }
      // Without this the comparison would say nothing.
      expect(differing).toBe(shards)
      expect(one.checkpoints).toEqual({ 'tiny@1': shards })
    }, 600_000)

    test('inspect says which version annotated a shard', async () => {
      const { stdout } = await fld(['inspect', '--out', out], env)
      expect(stdout).toMatch(/shard .*checkpoints/)
      expect(stdout).toMatch(/tiny@2/)
    }, 60_000)
  },
)

async function commitsOf(store: ObjectStore, run: string): Promise<ShardCommit[]> {
  const commits: ShardCommit[] = []
  for await (const commit of readCommits(store, run, 0)) commits.push(commit)
  return commits
}

/** Rows that the checkpoint supports have its label and no other row has one. */
async function checkLabels(store: ObjectStore, commit: ShardCommit): Promise<void> {
  const label = `tiny@${commit.checkpoints.tiny}`
  const found = { labelled: 0, others: 0 }
  for (const table of annotationTables) {
    for (const { support, checkpoints } of await readShardTable(store, commit, table)) {
      const supported = support.some((name) => name.startsWith('tiny'))
      expect(checkpoints).toEqual(supported ? [label] : null)
      found[supported ? 'labelled' : 'others'] += 1
    }
  }
  expect(found.labelled).toBeGreaterThan(0)
  expect(found.others).toBeGreaterThan(0)
}

async function rowsByShard(store: ObjectStore, run: string): Promise<Map<string, string[]>> {
  const byShard = new Map<string, string[]>()
  for (const row of await rowsOf(store, run)) {
    const [, { shard }]: [string, { shard: string }] = JSON.parse(row)
    byShard.set(shard, [...(byShard.get(shard) ?? []), row])
  }
  return byShard
}

/** The name of the store's run, once there is one. A folder's own events are not worth relying on here. */
async function begun(store: ObjectStore): Promise<string> {
  for (;;) {
    for await (const { key } of store.list(storeLayout.runs())) return key.split('/')[1] ?? ''
    await delay(20)
  }
}

/** Resolves when so many shards are committed. */
async function committed(store: ObjectStore, run: string, count: number): Promise<void> {
  for (;;) {
    if ((await commitsOf(store, run)).length >= count) return
    await delay(20)
  }
}
