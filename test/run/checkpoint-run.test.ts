import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { AnnotationRow } from '../../schemas/annotation.js'
import { annotationTables } from '../../schemas/annotation.js'
import type { Manifest, ShardCommit } from '../../schemas/run.js'
import { readCommits } from '../../src/dataset/committed-shards.js'
import { readShardTable } from '../../src/dataset/snapshot.js'
import { probeRedis } from '../../src/queue/redis-connection.js'
import { addCheckpoint, promoteCheckpoint } from '../../src/rounds/index.js'
import { summariseRun } from '../../src/run/run-summary.js'
import { copyPhotographs } from '../e2e/small-fld5b.js'
import { describeWithReference } from '../reference-data.js'
import { SmallRun, type ToneUse } from './small-run.js'

/** What the versions of the checkpoint under test say of every image. */
const labels = ['person', 'car', 'chair']
const graphs = ['vision_encoder', 'embed_tokens', 'encoder_model', 'decoder_model_merged']
const layout = [
  ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'],
  ...graphs.map((graph) => `onnx/${graph}.onnx`),
]
/** Beside an annotator of a pack, the checkpoint stands in two stages: a shard is at it for a while. */
const uses: readonly ToneUse[] = [
  { name: 'a' },
  { name: 'base', use: 'checkpoint/base' },
  { name: 'base-again', use: 'checkpoint/base', stage: 'again' },
]

let small: SmallRun
afterEach(() => small?.close())

/** Ten photographs, and two versions of a checkpoint of which the first is promoted. */
async function openWithCheckpoint(): Promise<void> {
  small = await SmallRun.openFilled((folder) => copyPhotographs(folder, 10))
  await expect(planned()).rejects.toMatchObject({ code: 'config_invalid' })
  await addVersion()
  await addVersion()
  await expect(planned()).rejects.toThrow(/promote/)
  await promote(1)
}

let added = 0
async function addVersion(): Promise<void> {
  const config = join(small.folder, 'config.json')
  const label = labels[added % labels.length] ?? ''
  added += 1
  await writeFile(config, JSON.stringify({ model_type: 'florence2', label }))
  // The layout is Florence-2's; the annotator under test reads config.json alone.
  const files = new Map(layout.map((path) => [path, config]))
  await addCheckpoint(small.store, { name: 'base', files, source: 'a test', fromSnapshot: null, licence: 'MIT' })
}

const planned = (stages = uses) => small.plan(stages, { minVotes: 1 })
const promote = (version: number) => promoteCheckpoint(small.store, 'base', version, { forced: 'a test' })

/** The version that each shard was annotated with, when not a row of it is of another. */
async function versionsOf(manifest: Manifest | null): Promise<number[]> {
  if (manifest === null) throw new Error('the round was not closed')
  const versions: number[] = []
  for await (const commit of readCommits(small.store, manifest.run, 0)) {
    const rows = await rowsOf(commit)
    const version = commit.checkpoints.base ?? 0
    const said = rows.filter(({ support }) => support.some((name) => name.startsWith('base')))
    expect(said.length).toBeGreaterThanOrEqual(commit.images)
    for (const row of said) {
      expect(row.checkpoints).toEqual([`base@${version}`])
      expect(JSON.stringify(row)).toContain(labels[version - 1])
    }
    for (const row of rows) if (!said.includes(row)) expect(row.checkpoints).toBeNull()
    versions.push(version)
  }
  return versions
}

async function rowsOf(commit: ShardCommit): Promise<AnnotationRow[]> {
  const tables = await Promise.all(
    annotationTables.map((table): Promise<AnnotationRow[]> => readShardTable(small.store, commit, table)),
  )
  return tables.flat()
}

describeWithReference('a run that uses a checkpoint', ['photos/coco_mini'], () => {
  test('promoted half-way: shards begun later have the new version, and none has two', async () => {
    added = 0
    await openWithCheckpoint()
    let images = 0
    small.startWorker(async () => {
      images += 1
      // Twelve for the first shard: the second is in the middle of its first stage.
      if (images === 15) await promote(2)
    })
    const plan = await planned()
    const { manifest, failures } = await small.run(plan, { window: 1 })
    expect(failures).toEqual([])
    expect(await versionsOf(manifest)).toEqual([1, 1, 2])
    expect(manifest?.checkpoints).toEqual({ 'base@1': 2, 'base@2': 1 })
    expect((await summariseRun(small.store, { run: plan.run, round: 0 })).checkpoints).toEqual(manifest?.checkpoints)
    // The same command still finds its run, and a version by its name is another run.
    expect(await planned()).toEqual(plan)
    const pinned = uses.map(({ use, ...rest }) => ({ ...rest, ...(use ? { use: 'checkpoint/base@2' } : {}) }))
    const fixed = await planned(pinned)
    expect(fixed.run).not.toBe(plan.run)
    await promote(1)
    const shown = small.shown.length
    expect(await versionsOf((await small.run(fixed)).manifest)).toEqual([2, 2, 2])
    // Of the last shard both stages are found again; of the others neither is, and `a` is found everywhere.
    expect(small.shown.length - shown).toBe(2 * 8)
  })

  test('a shard whose worker is lost goes on with the version that it began with', async () => {
    added = 0
    await openWithCheckpoint()
    // Of the first shard's twelve the tenth: the first stage has its observations.
    let images = 0
    const begun = new AbortController()
    const worker = small.startWorker(async () => {
      images += 1
      if (images === 10) begun.abort()
    })
    const running = small.run(await planned(), { window: 1 })
    await once(begun.signal, 'abort')
    await worker.drain()
    await promote(2)
    small.startWorker()
    const { manifest, failures } = await running
    expect(failures).toEqual([])
    expect(await versionsOf(manifest)).toEqual([1, 2, 2])
  })

  test('a Redis that forgets which version a shard had begun with mixes none', async () => {
    added = 0
    await openWithCheckpoint()
    const redis = await probeRedis(small.redis.url)
    let images = 0
    small.startWorker(async () => {
      images += 1
      if (images !== 10) return
      await promote(2)
      await redis.flushall()
    })
    const { manifest } = await small.run(await planned(), { window: 1 })
    redis.disconnect()
    expect(await versionsOf(manifest)).toEqual([2, 2, 2])
  })
})
