import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { reannotation, reannotationTasks } from '../../pipelines/reannotation.js'
import { checkpointLabel, checkpointOf } from '../../schemas/annotator-use.js'
import type { PackEntry } from '../../schemas/pack.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { pipelineSchema } from '../../schemas/pipeline.js'
import { mergeRulesSchema } from '../../schemas/round.js'
import type { Manifest, RunPlan } from '../../schemas/run.js'
import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { readImageSet } from '../../src/dataset/image-set.js'
import { ingest } from '../../src/ingest/ingest.js'
import { setName } from '../../src/ingest/set-name.js'
import { ingestSettingsSchema } from '../../src/ingest/settings.js'
import { openSource } from '../../src/ingest/sources/open-source.js'
import { lockEntry } from '../../src/models/packs/lock-entry.js'
import { pullEntry } from '../../src/models/packs/pull.js'
import { createRasterCache } from '../../src/models/pixels/raster-cache.js'
import { createSessionHost } from '../../src/models/sessions/session-host.js'
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { queueNames } from '../../src/queue/job-queues.js'
import { redisConnection } from '../../src/queue/redis-connection.js'
import { readCheckpoint } from '../../src/rounds/index.js'
import { failureItems } from '../../src/run/failure-items.js'
import { planRun } from '../../src/run/plan-run.js'
import { replayedShards } from '../../src/run/replay-run.js'
import { retryRound } from '../../src/run/retry-round.js'
import { type RetryFilter, shardsToRetry } from '../../src/run/retry-selection.js'
import { beginRound, lastSnapshot, planOfRound, planRound, readPlanOfRound } from '../../src/run/round-plan.js'
import { beginRun } from '../../src/run/run-ledger.js'
import { newProgress } from '../../src/run/run-progress.js'
import { runRound } from '../../src/run/run-round.js'
import { checkpointEntry } from '../../src/run/shard-checkpoints.js'
import { type RunningWorker, startWorker } from '../../src/run/worker.js'
import { createWorkerServices } from '../../src/run/worker-services.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { labelAnnotator } from './label-annotator.js'
import { toneAnnotator } from './tone-annotator.js'

function stagesOf(uses: readonly ToneUse[]): { name: string; annotators: unknown[] }[] {
  const stages = [...new Set(uses.map(({ stage = 'tones' }) => stage))]
  return stages.map((name) => ({
    name,
    annotators: uses
      .filter(({ stage = 'tones' }) => stage === name)
      .map(({ name: as, use = `test/${as}`, required }) => ({
        use,
        required,
        ...(use.startsWith('test/') ? {} : { as }),
      })),
  }))
}

function entry(name: string, options: Record<string, unknown>, annotator = 'tone'): PackEntry {
  return packEntrySchema.parse({
    name,
    annotator,
    family: name,
    licence: 'none',
    options,
    vocabulary: 'coco80',
  })
}

/** One annotator of the pipeline under test. */
export interface ToneUse {
  readonly name: string
  /** `test/<name>` when left out. */
  readonly use?: string
  /** The stage it stands in; `tones` when left out. */
  readonly stage?: string
  readonly required?: boolean
  /** `tone` when left out. */
  readonly annotator?: string
  readonly options?: Record<string, unknown>
}

/** How a worker of a small run is. */
export interface SmallWorker {
  /** May throw over an image: its tone, and the annotator's name. */
  readonly judge?: (red: number, annotator: string) => void
  /** ms. */
  readonly grace?: number
  /** Of the annotator's decoder; 1 is what runs are planned with. */
  readonly version?: number
}

/** Where a small run writes to, other than a folder of its own. */
export interface StorePlace {
  readonly out: string
  openStore(location: string): Promise<ObjectStore>
}

/** A store, a folder of pictures, a redis-server, and what runs on them. Closed with `close`. */
export class SmallRun {
  readonly #workers: RunningWorker[] = []
  /** What workers have said. */
  readonly log: string[] = []
  /** Annotators of a test's own, for plans and workers from then on. */
  modules: readonly AnnotatorModule[] = []
  #retries = 0
  private constructor(
    readonly folder: string,
    readonly store: ObjectStore,
    readonly redis: EmbeddedRedis,
    /** Images that annotators were shown, in order. */
    readonly shown: string[],
    readonly place: StorePlace,
  ) {}

  /** `tones`: one picture each, all red of that value; equal tones are exact duplicates. */
  static async open(tones: readonly number[], place?: StorePlace): Promise<SmallRun> {
    const folder = await mkdtemp(join(tmpdir(), 'fld-run-'))
    await mkdir(join(folder, 'photos'))
    for (const [index, red] of tones.entries()) {
      const picture = sharp({
        create: { width: 40 + index, height: 30, channels: 3, background: { r: red, g: 9, b: 9 } },
      })
      await writeFile(join(folder, 'photos', `${String(index).padStart(3, '0')}.png`), await picture.png().toBuffer())
    }
    return SmallRun.#over(folder, place)
  }

  /** `fill` writes the pictures into a folder. */
  static async openFilled(fill: (folder: string) => Promise<void>): Promise<SmallRun> {
    const folder = await mkdtemp(join(tmpdir(), 'fld-run-'))
    await fill(join(folder, 'photos'))
    return SmallRun.#over(folder)
  }

  static async #over(folder: string, place: StorePlace = { out: join(folder, 'out'), openStore }): Promise<SmallRun> {
    return new SmallRun(folder, await place.openStore(place.out), await startEmbeddedRedis(), [], place)
  }

  async plan(
    uses: readonly ToneUse[],
    settings: {
      shardSize?: number
      run?: string
      minVotes?: number
      imageTimeout?: number
      consensus?: Record<string, unknown>
    } = {},
  ): Promise<RunPlan> {
    const pipeline = pipelineSchema.parse({
      name: 'tones',
      shard_size: settings.shardSize ?? 4,
      batch_size: 3,
      image_timeout_s: settings.imageTimeout,
      consensus: { min_votes: settings.minVotes, ...settings.consensus },
      stages: stagesOf(uses),
    })
    const source = await this.#source()
    const set = await setName(source, this.#settings(pipeline.shard_size))
    await source.close()
    const options = new Map(
      uses.map((use) => {
        const called = use.annotator === undefined ? { called: use.name } : {}
        return [`test/${use.name}`, entry(use.name, { ...called, ...use.options }, use.annotator)]
      }),
    )
    const plan = await planRun({
      pipeline,
      registry: this.#registry(),
      findEntry: async (use) => options.get(use) ?? this.#checkpointEntry(use),
      pinEntry: (pinned) => lockEntry(pinned, { cache: this.folder }),
      set,
      source: source.uri,
      labelDigest: null,
      run: settings.run,
      version: 'test',
    })
    return beginRun(this.store, plan)
  }

  /** Starts a worker in this process; `gate` is awaited before each image. */
  startWorker(gate?: () => Promise<void>, options: SmallWorker = {}): RunningWorker {
    const { judge, grace = 20_000, version } = options
    const connection = redisConnection(this.redis.url)
    connection.on('error', () => undefined)
    const worker = startWorker({
      connection,
      services: createWorkerServices({
        registry: this.#registry(gate, judge, version),
        surroundings: { sessions: createSessionHost({ threads: 1, sessions: 1 }) },
        rasters: createRasterCache({ byteBudget: 1_000_000 }),
        openStore: this.place.openStore,
        modelFiles: (needed) => pullEntry(needed, { cache: join(this.folder, 'cache'), openStore }),
      }),
      queues: [...queueNames],
      concurrency: 2,
      grace,
      log: (line) => this.log.push(line),
    })
    const running = { drain: () => worker.drain().finally(() => connection.disconnect()) }
    this.#workers.push(running)
    return running
  }

  /** Ends the workers and starts one anew: what they keep open is opened again. */
  async restartWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.drain()))
    this.startWorker()
  }

  /** Runs round 0 of a plan to its end. */
  async run(plan: RunPlan, options: { signal?: AbortSignal; window?: number; onShard?: () => void } = {}) {
    const source = await this.#source()
    const connection = redisConnection(this.redis.url)
    connection.on('error', () => undefined)
    const signal = options.signal ?? new AbortController().signal
    const progress = newProgress(plan.annotators.map(({ name }) => name))
    const failures: string[] = []
    try {
      const manifest: Manifest | null = await runRound({
        store: this.store,
        out: this.place.out,
        plan,
        round: 0,
        ingest: ingest({
          source,
          store: this.store,
          set: plan.set,
          settings: this.#settings(plan.pipeline.shard_size),
          signal,
        }),
        connection,
        window: options.window ?? 8,
        signal,
        progress,
        onPacked: () => options.onShard?.(),
        onFailure: (shard, reason) => failures.push(`${shard}: ${reason}`),
      })
      return { manifest, progress, failures }
    } finally {
      connection.disconnect()
      await source.close()
    }
  }

  /** Lets a version of a checkpoint annotate a plan's last round again. */
  async round(plan: RunPlan, checkpoint: { name: string; version: number }): Promise<Manifest | null> {
    const before = await lastSnapshot(this.store, plan.run)
    const decoding = { tasks: Object.values(reannotationTasks).flat(), decoding: {} }
    const stages = reannotation(checkpointLabel(checkpoint.name, checkpoint.version), decoding)
    const { set, source, label_digest: labelDigest } = plan
    const asked = await planRun({
      ...{ set, source, labelDigest, version: 'test', registry: this.#registry() },
      pipeline: pipelineSchema.parse({ ...plan.pipeline, stages }),
      findEntry: (use) => this.#checkpointEntry(use),
      pinEntry: (pinned) => lockEntry(pinned, { cache: this.folder }),
    })
    const round = before.manifest.round + 1
    const merge = mergeRulesSchema.parse({})
    const own = await beginRound(
      this.store,
      planRound({ plan, round, before, checkpoint, asked, merge, version: 'test' }),
    )
    const packed = await readImageSet(this.store, set)
    if (packed === null) throw new Error('the set has no record')
    const connection = redisConnection(this.redis.url)
    connection.on('error', () => undefined)
    try {
      return await runRound({
        ...{ store: this.store, out: this.place.out, plan: planOfRound(plan, own), round, connection, window: 8 },
        ingest: replayedShards(this.store, { replay_of: { run: plan.run, round: round - 1 }, set: packed }),
        signal: new AbortController().signal,
        progress: newProgress([]),
        onPacked: () => undefined,
        onFailure: (shard, reason) => this.log.push(`${shard}: ${reason}`),
      })
    } finally {
      connection.disconnect()
    }
  }

  /** Does again what a filter takes of the failures of a round. */
  async retry(run: RunPlan, filter: RetryFilter, round = 0) {
    const plan = await readPlanOfRound(this.store, { run: run.run, round })
    const connection = redisConnection(this.redis.url)
    connection.on('error', () => undefined)
    const { signal } = new AbortController()
    const failures: string[] = []
    this.#retries += 1
    try {
      const manifest = await retryRound({
        ...{ store: this.store, out: this.place.out, plan, round, connection, signal },
        id: `retry-${this.#retries}`,
        shards: shardsToRetry(failureItems(this.store, { plan, round }), { plan, filter }),
        set: await readImageSet(this.store, plan.set),
        window: 8,
        progress: newProgress([]),
        onFailure: (shard, reason) => failures.push(`${shard}: ${reason}`),
      })
      return { manifest, failures }
    } finally {
      connection.disconnect()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.drain()))
    await this.redis.stop()
    await this.store.close()
    await rm(this.folder, { recursive: true })
  }

  #registry(gate?: () => Promise<void>, judge?: SmallWorker['judge'], version = 1) {
    return new Map<string, AnnotatorModule>([
      ['tone', { ...toneAnnotator(this.shown, gate, judge), version } as AnnotatorModule],
      ['florence2', labelAnnotator(this.shown, gate) as AnnotatorModule],
      ...this.modules.map((module) => [module.name, module] as const),
    ])
  }

  async #checkpointEntry(use: string): Promise<PackEntry> {
    const checkpoint = checkpointOf(use)
    if (checkpoint === null) return entry(use, {})
    const { name, version } = checkpoint
    return checkpointEntry(this.store, await readCheckpoint(this.store, name, version ?? 'current', {}))
  }

  #settings(shard_size: number) {
    return ingestSettingsSchema.parse({ shard_size })
  }

  #source() {
    return openSource(join(this.folder, 'photos'), { output: this.place.out, openStore: this.place.openStore })
  }
}
