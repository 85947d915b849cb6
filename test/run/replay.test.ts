import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { annotationTables } from '../../schemas/annotation.js'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { RunPlan, ShardCommit } from '../../schemas/run.js'
import { readCommits } from '../../src/dataset/committed-shards.js'
import { writeObservations } from '../../src/dataset/observation-file.js'
import { redisConnection } from '../../src/queue/redis-connection.js'
import { addCheckpoint, diffRounds, promoteCheckpoint } from '../../src/rounds/index.js'
import { observationKeys } from '../../src/run/observation-keys.js'
import { replayRound } from '../../src/run/replay-round.js'
import { planReplay, replayableSet, replayedShards } from '../../src/run/replay-run.js'
import { beginRun, readPlan } from '../../src/run/run-ledger.js'
import { newProgress } from '../../src/run/run-progress.js'
import { runRound } from '../../src/run/run-round.js'
import { summariseRun } from '../../src/run/run-summary.js'
import { planWithVersions } from '../../src/run/shard-checkpoints.js'
import { SmallRun, type ToneUse } from './small-run.js'

const tones = Array.from({ length: 10 }, (_, index) => 20 * index)
const { signal } = new AbortController()
let small: SmallRun
afterEach(() => small.close())

/** Two stages: a vote, an annotator that is absent, an image that one cannot do, and a checkpoint that follows `current`. */
const uses: readonly ToneUse[] = [
  { name: 'a' },
  { name: 'b', options: { poison: [60] } },
  { name: 'c', required: false, options: { broken: true } },
  { name: 'base', use: 'checkpoint/base', stage: 'later' },
]

async function addVersion(label: string): Promise<void> {
  const config = join(small.folder, 'config.json')
  await writeFile(config, JSON.stringify({ model_type: 'florence2', label }))
  const graphs = ['vision_encoder', 'embed_tokens', 'encoder_model', 'decoder_model_merged']
  const others = ['tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json']
  const paths = ['config.json', ...others, ...graphs.map((graph) => `onnx/${graph}.onnx`)]
  const files = new Map(paths.map((path) => [path, config]))
  await addCheckpoint(small.store, { name: 'base', files, source: 'a test', fromSnapshot: null, licence: 'MIT' })
}

/** A run of three shards that is complete, with the checkpoint's first version; the second is promoted since. */
async function completeRun(): Promise<RunPlan> {
  small = await SmallRun.open(tones)
  await addVersion('person')
  await addVersion('car')
  await promoteCheckpoint(small.store, 'base', 1)
  const plan = await small.plan(uses, { minVotes: 1 })
  const worker = small.startWorker()
  const { failures, manifest } = await small.run(plan)
  expect(failures).toEqual([])
  expect(manifest?.checkpoints).toEqual({ 'base@1': 3 })
  await worker.drain()
  await promoteCheckpoint(small.store, 'base', 2, { forced: 'a test' })
  return plan
}

interface Replay {
  readonly rules?: Partial<ConsensusConfig>
  readonly name?: string
  readonly signal?: AbortSignal
}

async function planned(of: RunPlan, { rules = {}, name }: Replay = {}): Promise<RunPlan> {
  const consensus = consensusConfigSchema.parse({ ...of.pipeline.consensus, ...rules })
  return beginRun(small.store, planReplay({ of, round: 0, consensus, name, version: 'test' }))
}

async function replay(of: RunPlan, options: Replay = {}) {
  const plan = await planned(of, options)
  const set = await replayableSet(small.store, { run: of.run, round: 0, set: of.set })
  const failures: string[] = []
  const progress = newProgress([])
  const manifest = await replayRound({
    ...{ store: small.store, plan, round: 0, set, progress },
    shards: replayedShards(small.store, { replay_of: { run: of.run, round: 0 }, set }),
    startHelpers: () => [],
    signal: options.signal ?? signal,
    onFailure: (_, reason) => failures.push(reason),
  })
  return { plan, manifest, failures, progress }
}

async function commitsOf({ run }: RunPlan): Promise<ShardCommit[]> {
  const commits: ShardCommit[] = []
  for await (const commit of readCommits(small.store, run, 0)) commits.push(commit)
  return commits
}

/** The bytes of a run's files but for their footers, which name the run: pages of columns, by shard and table. */
async function columnBytes(plan: RunPlan): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { shard, files } of await commitsOf(plan)) {
    for (const { table, key } of files) {
      const body = Buffer.from(await small.store.get(key))
      const footer = body.readUInt32LE(body.length - 8)
      found.set(`${shard} ${table}`, body.subarray(0, body.length - 8 - footer).toString('base64'))
    }
  }
  return found
}

test('with nothing changed every file has the same bytes, whatever was promoted or has spoken since', async () => {
  const of = await completeRun()
  const shown = small.shown.length
  const before = await columnBytes(of)
  expect(before.size).toBeGreaterThanOrEqual(4)
  // The absent annotator speaks at last: for another run.
  const bound = await planWithVersions(small.store, of, { base: 1 })
  const key = (await observationKeys({ store: small.store, plan: bound, shard: '000000', signal })).get('c') ?? ''
  const [commit] = await commitsOf(of)
  expect(Object.keys(commit?.absent ?? {})).toEqual(['c'])
  const seen = [{ kind: 'object', label: 'dog', score: 0.9, box: [1, 1, 20, 20] }] as const
  const image_id = small.shown[0] ?? ''
  await writeObservations(small.store, key, [{ image_id, observations: seen, failure: null }])

  const again = await replay(of)
  expect(again.failures).toEqual([])
  expect(await columnBytes(again.plan)).toEqual(before)
  expect(again.plan).toMatchObject({ replay_of: { run: of.run, round: 0 }, annotators: of.annotators })
  expect(again.manifest?.checkpoints).toEqual({ 'base@1': 3 })
  expect((await commitsOf(again.plan)).map(({ absent }) => absent)).toEqual(
    (await commitsOf(of)).map(({ absent }) => absent),
  )
  const twice = await replay(await readPlan(small.store, again.plan.run))
  expect(await columnBytes(twice.plan)).toEqual(before)
  expect(small.shown).toHaveLength(shown)
  expect(await summariseRun(small.store, { run: twice.plan.run, round: 0 })).toMatchObject({
    ...{ state: 'complete', committed: 3, images: 10, quarantined: 1, absent: { c: 3 } },
  })
})

test('a changed rule changes the rows, and the diff of the two says how', async () => {
  const of = await completeRun()
  const { plan, manifest } = await replay(of, { rules: { min_votes: 3, solo_score: 1 }, name: 'three-votes' })
  expect(plan.run).toBe('three-votes')
  expect(manifest?.rows.region_text).toBe(9)
  const tables = annotationTables
  const question = { store: small.store, tables, examples: 1, signal }
  const before = { plan: of, round: 0 }
  const diff = await diffRounds({ ...question, before, after: { plan, round: 0 } })
  expect(diff.rules.map(({ key }) => key)).toEqual(['min_votes', 'solo_score'])
  // What only the checkpoint saw has one vote; the others agree among themselves.
  expect(diff.tables.region_text).toMatchObject({ before: 18, after: 9, same: 9, changes: { dropped: 9, added: 0 } })
  expect(diff.tables.region_text?.by.source?.base).toMatchObject({ before: 9, after: 0, changes: { dropped: 9 } })
  expect(diff.tables.region_text?.examples).toMatchObject([{ kinds: ['dropped'], after: null }])
  expect(diff).toMatchObject({ equal: false, images: 10, images_changed: 9, shards: 3 })
  const itself = await diffRounds({ ...question, before, after: before })
  expect(itself).toMatchObject({ equal: true, images_changed: 0, rules: [] })
  expect(itself.tables.region_text).toMatchObject({ same: 18, examples: [] })
})

test('observations that are gone fail their shard, by name; when they are back the same command completes the replay', async () => {
  const of = await completeRun()
  const bound = await planWithVersions(small.store, of, { base: 1 })
  const absent = new Set(['c'])
  const keys = await observationKeys({ store: small.store, plan: bound, shard: '000001', signal, absent })
  const key = keys.get('base') ?? ''
  const kept = await small.store.get(key)
  await small.store.delete([key])
  const first = await replay(of)
  expect(first.manifest).toBeNull()
  expect(first.failures).toEqual([expect.stringMatching(/annotator base: .* shard 000001 is no longer in .*no model/)])
  expect(await summariseRun(small.store, { run: first.plan.run, round: 0 })).toMatchObject({
    ...{ state: 'failed_shards', committed: 2, failed: [{ shard: '000001' }] },
  })
  await small.store.put(key, kept)
  const second = await replay(of)
  expect(second.plan).toEqual(first.plan)
  expect(second.progress).toMatchObject({ shards: { committed: 3, failed: 0 }, imagesReused: 6 })
  expect(await columnBytes(second.plan)).toEqual(await columnBytes(of))
})

test('stopped in the middle it goes on where it was', async () => {
  const of = await completeRun()
  const stop = new AbortController()
  const plan = await planned(of)
  const set = await replayableSet(small.store, { run: of.run, round: 0, set: of.set })
  async function* stopping() {
    yield { shard: '000000', images: 4 }
    stop.abort()
    yield { shard: '000001', images: 4 }
    return set
  }
  const options = { store: small.store, plan, round: 0, set, progress: newProgress([]), onFailure: () => undefined }
  const stopped = replayRound({ ...options, shards: stopping(), startHelpers: () => [], signal: stop.signal })
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  expect((await commitsOf(plan)).length).toBeLessThan(2)
  expect(await summariseRun(small.store, { run: plan.run, round: 0 })).toMatchObject({ state: 'open', failed: [] })
  const { manifest } = await replay(of)
  expect(manifest?.parts).toMatchObject([{ shards: 3 }])
  expect(await columnBytes(plan)).toEqual(await columnBytes(of))
})

test('workers of a queue decide it too, and annotate nothing', async () => {
  const of = await completeRun()
  const shown = small.shown.length
  const plan = await planned(of, { name: 'queued' })
  const set = await replayableSet(small.store, { run: of.run, round: 0, set: of.set })
  const connection = redisConnection(small.redis.url)
  small.startWorker()
  const failures: string[] = []
  const queued = () =>
    runRound({
      ...{ store: small.store, out: join(small.folder, 'out'), plan, round: 0, connection, window: 2, signal },
      ingest: replayedShards(small.store, { replay_of: { run: of.run, round: 0 }, set }),
      progress: newProgress([]),
      onPacked: () => undefined,
      onFailure: (_, reason) => failures.push(reason),
    })
  const keys = await observationKeys({ store: small.store, plan: of, shard: '000002', signal })
  const key = keys.get('a') ?? ''
  const kept = await small.store.get(key)
  await small.store.delete([key])
  expect(await queued()).toBeNull()
  expect(failures).toEqual([expect.stringMatching(/annotator a: .* shard 000002/)])
  await small.store.put(key, kept)
  expect((await queued())?.parts).toMatchObject([{ shards: 3 }])
  connection.disconnect()
  expect(await columnBytes(plan)).toEqual(await columnBytes(of))
  expect(small.shown).toHaveLength(shown)
})

test('what is not complete is not decided again; rules about strangers are refused', async () => {
  small = await SmallRun.open(tones)
  const of = await small.plan([{ name: 'a' }])
  const question = { run: of.run, round: 0, set: of.set }
  await expect(replayableSet(small.store, question)).rejects.toMatchObject({ code: 'run_missing' })
  const consensus = consensusConfigSchema.parse({ sources: { nobody: { weight: 0.5 } } })
  const refused = () => planReplay({ of, round: 0, consensus, version: 'test' })
  expect(refused).toThrow(/has no annotator "nobody"; there are: a, source/)
})

test('a replay is named after the run and what it changes; of a replay, after the same run', async () => {
  small = await SmallRun.open([1])
  const of = await small.plan([{ name: 'a' }])
  const plan = (from: RunPlan, version: string) =>
    planReplay({ of: from, round: 0, consensus: from.pipeline.consensus, version })
  const one = plan(of, 'x')
  expect(one.run).toMatch(new RegExp(`^${of.run}-replay-[0-9a-f]{8}$`))
  expect(plan(of, 'x').digest).toBe(one.digest)
  expect(plan(of, 'y').digest).not.toBe(one.digest)
  expect(plan(one, 'x').run).toMatch(new RegExp(`^${of.run}-replay-[0-9a-f]{8}$`))
  expect(plan(one, 'x').run).not.toBe(one.run)
})
