import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** One question about an image, as both sides ask it. */
export interface Question {
  readonly task: string
  readonly prompt: string
  /** What the prompt was made of; null without. */
  readonly input: string | null
}

/** Rows that decode together from features that are there. */
export interface DecodeWork {
  readonly path: string
  readonly question: Question
  readonly rows: number
  /** Tokens of each answer after the start, to be reached exactly. */
  readonly tokens: number
}

/** What decoding took and gave. */
export interface Decoded {
  readonly ms: number
  /** Of all rows. */
  readonly tokens: number
  /** Milliseconds of the steps and of them inside onnxruntime; null where a side does not tell. */
  readonly steps: { readonly stepMs: number; readonly graphMs: number } | null
}

/** Every question about every image; from files to texts. */
export interface AnswerWork {
  readonly paths: readonly string[]
  readonly questions: readonly Question[]
  readonly tokens: number
}

/** One of the two runtimes, in a process of its own. */
export interface BenchSide {
  load(work: { folder: string; threads: number }): Promise<{ ms: number }>
  /** Milliseconds of each image, from decoded pixels to the tensor. */
  preprocess(work: { path: string; rounds: number }): Promise<number[]>
  /** Milliseconds of each image, from decoded pixels to visual tokens. */
  features(work: { paths: readonly string[] }): Promise<number[]>
  decode(work: DecodeWork): Promise<Decoded>
  answers(work: AnswerWork): Promise<{ ms: number; tokens: number }>
  /** Ids of greedy answers that may end when they like, one at a time. */
  greedyIds(work: AnswerWork): Promise<number[][]>
}

type Reply = { readonly result: unknown } | { readonly error: string }

/** A side in its process, as the one that prints sees it. */
export interface RemoteSide extends BenchSide {
  stop(): Promise<void>
}

/** Starts a side's module in a process of its own: memory and threads do not mix. */
export function startSide(module: URL): RemoteSide {
  const child = fork(module, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const call = async <Result>(method: keyof BenchSide, work: object): Promise<Result> => {
    child.send({ method, work })
    const reply = await nextReply(child)
    if ('error' in reply) throw new Error(`${module.pathname}, ${method}: ${reply.error}`)
    return reply.result as Result
  }
  return {
    load: (work) => call('load', work),
    preprocess: (work) => call('preprocess', work),
    features: (work) => call('features', work),
    decode: (work) => call('decode', work),
    answers: (work) => call('answers', work),
    greedyIds: (work) => call('greedyIds', work),
    stop: async () => {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function nextReply(child: ChildProcess): Promise<Reply> {
  const over = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: over.signal }).then(([reply]) => reply as Reply),
      once(child, 'exit', { signal: over.signal }).then(([code, signal]) => ({
        error: `the process ended with ${code ?? signal}`,
      })),
    ])
  } finally {
    over.abort()
  }
}

/** Answers calls of the process that started this one, until it lets go. */
export function serveSide(side: BenchSide): void {
  process.on('message', ({ method, work }: { method: keyof BenchSide; work: never }) => {
    const call: (work: never) => Promise<unknown> = side[method]
    call(work).then(
      (result) => process.send?.({ result }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}

/** Milliseconds of a piece of work, and what it gave. */
export async function timed<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const started = performance.now()
  const result = await work()
  return { ms: performance.now() - started, result }
}
