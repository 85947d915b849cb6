import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedRedis } from '../../../src/queue/embedded-redis.js'
import { probeRedis } from '../../../src/queue/redis-connection.js'
import { type ProcessNews, type ProcessSample, processNewsSchema } from './process-news.js'

/** A size to drive. */
export interface DriveOptions {
  readonly shards: number
  /** Images of each shard. */
  readonly images: number
  /** Shards in flight at most. */
  readonly window: number
  readonly workers: number
  /** Annotators that do nothing. */
  readonly annotators: number
  /** Among which they are dealt out. */
  readonly stages: number
}

/** What was seen at one moment. */
export interface Moment {
  /** `10 %`, or what had been done. */
  readonly at: string
  /** Since the first shard was handed out. */
  readonly seconds: number
  readonly committed: number
  readonly coordinator: ProcessSample
  /** Of the largest of the workers. */
  readonly worker: ProcessSample
  /** Memory in bytes, and seconds of processor. */
  readonly redis: { readonly used: number; readonly peak: number; readonly processor: number }
  /** What the store was asked so far, by kind of request. */
  readonly requests: Readonly<Record<string, number>>
}

/**
 * Drives a set of that many shards from the plan to a second pass that finds all of it done, each part in a process of its own, and gives what was seen
 * at each tenth and after the last shard.
 */
export async function* driveSize(options: DriveOptions): AsyncGenerator<Moment, void, undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-scale-'))
  const redis = await startEmbeddedRedis()
  const path = join(folder, 'storage.sock')
  const set = [path, 'made-up', String(options.shards), String(options.images)]
  const pipeline = [options.window, options.annotators, options.stages].map(String)
  // As fld run starts its workers.
  const env = { MALLOC_TRIM_THRESHOLD_: '1048576', ...process.env, REDIS_URL: redis.url }
  const children: ChildProcess[] = []
  const begin = (script: string, args: readonly string[]) => {
    const child = startProcess(script, args, env)
    children.push(child)
    return child
  }
  try {
    const storage = begin('storage-process', set)
    await once(storage, 'message')
    const workers = Array.from({ length: options.workers }, () => begin('worker-process', []))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const coordinator = begin('coordinator-process', [...set, ...pipeline])
    yield* momentsOf({ coordinator, workers, storage, redisUrl: redis.url, shards: options.shards })
  } finally {
    await Promise.all(children.map(endProcess))
    await redis.stop()
    await rm(folder, { recursive: true })
  }
}

function startProcess(script: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const module = fileURLToPath(new URL(`./${script}.ts`, import.meta.url))
  return fork(module, [...args], { execArgv: ['--import', 'tsx', '--expose-gc'], env })
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}

interface Observed {
  readonly coordinator: ChildProcess
  readonly workers: readonly ChildProcess[]
  readonly storage: ChildProcess
  readonly redisUrl: string
  readonly shards: number
}

async function* momentsOf(observed: Observed): AsyncGenerator<Moment, void, undefined> {
  const began = performance.now()
  const { coordinator, shards } = observed
  for await (const news of newsOf(coordinator)) {
    const seconds = (performance.now() - began) / 1000
    if (news.kind === 'mark') {
      const at = `${Math.floor((100 * news.committed) / shards)} %`
      yield { at, seconds, committed: news.committed, ...(await seenOf(observed)) }
    } else if (news.kind === 'step') {
      yield { at: news.step, seconds, committed: shards, ...(await seenOf(observed)) }
      if (news.step === 'again') return
    }
  }
}

/** What a process tells until it ends; throws where that is before its time. */
async function* newsOf(child: ChildProcess): AsyncGenerator<ProcessNews, void, undefined> {
  const ended = new AbortController()
  child.once('exit', (code, signal) => ended.abort(new Error(`the coordinator ended: ${signal ?? `code ${code}`}`)))
  try {
    for await (const [message] of on(child, 'message', { signal: ended.signal })) yield processNewsSchema.parse(message)
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error
  }
}

async function seenOf({ coordinator, workers, storage, redisUrl }: Observed) {
  const redis = await probeRedis(redisUrl)
  const info = `${await redis.info('memory')}\n${await redis.info('cpu')}`
  redis.disconnect()
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  const samples = await Promise.all(workers.map(sampleOf))
  return {
    coordinator: await sampleOf(coordinator),
    worker: samples.reduce((largest, sample) => (sample.rss > largest.rss ? sample : largest)),
    redis: {
      used: field('used_memory'),
      peak: field('used_memory_peak'),
      processor: field('used_cpu_user') + field('used_cpu_sys'),
    },
    requests: (await askedOf(storage, 'requests')).requests,
  }
}

async function sampleOf(child: ChildProcess): Promise<ProcessSample> {
  return (await askedOf(child, 'sample')).sample
}

type News<Kind extends ProcessNews['kind']> = Extract<ProcessNews, { kind: Kind }>

/** What a process tells of that kind when it is asked. */
async function askedOf<Kind extends ProcessNews['kind']>(child: ChildProcess, kind: Kind): Promise<News<Kind>> {
  const isAsked = (news: ProcessNews): news is News<Kind> => news.kind === kind
  const over = new AbortController()
  const onExit = () => over.abort(new Error('a process ended while it was measured'))
  child.once('exit', onExit)
  try {
    const messages = on(child, 'message', { signal: over.signal })
    child.send('tell')
    for await (const [message] of messages) {
      const news = processNewsSchema.parse(message)
      if (isAsked(news)) return news
    }
    throw new Error('a process told nothing')
  } finally {
    child.off('exit', onExit)
  }
}
