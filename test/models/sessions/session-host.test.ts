import { spawn } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSessionHost, type SessionHostOptions } from '../../../src/models/sessions/session-host.js'
import type { SessionHost, Tensor, Tensors } from '../../../src/models/sessions/tensor.js'
import { identityModel, logarithmModel, matrixPowerModel, modelFolder } from './tiny-models.js'

let folder: string
let quick: string
let slow: string
const hosts: SessionHost[] = []

beforeAll(async () => {
  folder = await modelFolder()
  quick = await matrixPowerModel(folder, 'quick', 1)
  slow = await matrixPowerModel(folder, 'slow', 60)
})
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})
afterAll(() => rm(folder, { recursive: true }))

function host(options: Partial<SessionHostOptions> = {}): SessionHost {
  const made = createSessionHost({ threads: 1, sessions: 1, ...options })
  hosts.push(made)
  return made
}

function float(values: ArrayLike<number>, dims: readonly number[]): Tensor {
  return { type: 'float32', data: Float32Array.from(values), dims }
}

/** Inputs of the matrix models. Size 512 keeps `slow` busy for about a second. */
function square(size: number): Tensors {
  const values = new Float32Array(size * size).fill(1 / size)
  return { a: float(values, [size, size]), b: float(values, [size, size]) }
}

/** Catches the next worker threads that this process starts: the only way to reach a host's thread from outside. */
function nextThreads(count: number): Promise<Worker[]> {
  return new Promise((resolve) => {
    const threads: Worker[] = []
    const onWorker = (thread: Worker): void => {
      threads.push(thread)
      if (threads.length < count) return
      process.removeListener('worker', onWorker)
      resolve(threads)
    }
    process.on('worker', onWorker)
  })
}

describe('a session', () => {
  it('tells its names and dimensions, and computes', async () => {
    const session = await host().open(quick)
    expect(session.inputNames).toEqual(['a', 'b'])
    expect(session.outputNames).toEqual(['y'])
    expect(session.inputDims).toEqual({ a: [-1, -1], b: [-1, -1] })
    const { y } = await session.run({ a: float([1, 2, 3, 4], [2, 2]), b: float([5, 6, 7, 8], [2, 2]) })
    expect(y).toEqual(float([19, 22, 43, 50], [2, 2]))
  })

  it.each([
    { type: 'float32', data: Float32Array.of(0.5, -1), dims: [2] },
    { type: 'int64', data: BigInt64Array.of(-5n, 2n ** 40n), dims: [2] },
    { type: 'int32', data: Int32Array.of(-5, 7), dims: [2] },
    { type: 'uint8', data: Uint8Array.of(0, 255), dims: [2] },
    { type: 'bool', data: Uint8Array.of(0, 1), dims: [2] },
    { type: 'float32', data: new Float32Array(0), dims: [0] },
  ] satisfies Tensor[])('carries $type of $dims there and back', async (tensor) => {
    const session = await host().open(await identityModel(folder, tensor.type))
    const { y } = await session.run({ x: { ...tensor, data: tensor.data.slice() } as Tensor })
    expect(y).toEqual(tensor)
  })

  it('moves whole buffers and copies parts of larger ones', async () => {
    const session = await host().open(quick)
    const whole = Float32Array.of(1, 2, 3, 4)
    const larger = Float32Array.of(9, 5, 6, 7, 8, 9)
    const { y } = await session.run({
      a: { type: 'float32', data: whole, dims: [2, 2] },
      b: { type: 'float32', data: larger.subarray(1, 5), dims: [2, 2] },
    })
    expect(y?.data).toEqual(Float32Array.of(19, 22, 43, 50))
    expect(whole.length).toBe(0)
    expect([...larger]).toEqual([9, 5, 6, 7, 8, 9])
  })

  it('takes one array for two inputs, and has it moved before the run begins', async () => {
    const session = await host().open(quick)
    const busy = session.run(square(256))
    const data = Float32Array.of(1, 2, 3, 4)
    const tensor: Tensor = { type: 'float32', data, dims: [2, 2] }
    const run = session.run({ a: tensor, b: tensor })
    expect(data.length).toBe(0)
    expect((await run).y?.data).toEqual(Float32Array.of(7, 10, 15, 22))
    await busy
  })

  it('gives only the outputs asked for, and names what it cannot read', async () => {
    const session = await host().open(quick)
    expect(Object.keys(await session.run(square(2), { outputs: ['y'] }))).toEqual(['y'])
    await expect(session.run(square(2), { outputs: ['z'] })).rejects.toMatchObject({ code: 'annotator_failed' })
    const doubles = await host().open(await identityModel(folder, 'float64'))
    await expect(doubles.run({ x: float([1], [1]) })).rejects.toMatchObject({ code: 'annotator_failed' })
  })

  it('fails a run whose output holds NaN and names it; infinities are values', async () => {
    const session = await host().open(await logarithmModel(folder))
    await expect(session.run({ x: float([1, -1, 1], [3]) })).rejects.toMatchObject({
      code: 'annotator_failed',
      message: expect.stringMatching(/Log-float32\.onnx failed: output y holds NaN/),
    })
    const { y } = await session.run({ x: float([0, 1, Number.POSITIVE_INFINITY], [3]) })
    expect(y?.data).toEqual(Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY))
    const halves = await host().open(await identityModel(folder, 'float16'))
    await expect(halves.run({ x: float([1, Number.NaN], [2]) })).rejects.toThrow(/output y holds NaN/)
  })

  it('fails a run with wrong inputs and goes on', async () => {
    const session = await host().open(quick)
    const wrong = { a: float([1, 2], [1, 2]), b: float([1], [1, 1]) }
    await expect(session.run(wrong)).rejects.toMatchObject({
      code: 'annotator_failed',
      message: expect.stringContaining(quick),
    })
    expect((await session.run(square(2))).y?.dims).toEqual([2, 2])
  })
})

describe('a host', () => {
  it('leaves the calling thread free during a run: timers keep firing', async () => {
    const session = await host().open(slow)
    await session.run(square(8))
    let last = performance.now()
    const started = last
    let longestGap = 0
    let ticks = 0
    const timer = setInterval(() => {
      const now = performance.now()
      longestGap = Math.max(longestGap, now - last)
      last = now
      ticks += 1
    }, 5)
    await session.run(square(1024))
    clearInterval(timer)
    const took = performance.now() - started
    expect(took).toBeGreaterThan(200)
    expect(ticks).toBeGreaterThan(10)
    expect(longestGap).toBeLessThan(took / 3)
  })

  it('opens a file once for all that ask for it', async () => {
    const shared = host()
    const [one, two] = await Promise.all([shared.open(quick), shared.open(quick)])
    expect(one).toBe(two)
    expect(await shared.open(quick)).toBe(one)
  })

  it('runs as many at a time as it has sessions, each in a thread of its own', async () => {
    const threads = nextThreads(2)
    const pair = host({ sessions: 2 })
    expect(pair.concurrency).toBe(2)
    const session = await pair.open(slow)
    await Promise.all([session.run(square(256)), session.run(square(256)), session.run(square(256))])
    expect(new Set((await threads).map((thread) => thread.threadId)).size).toBe(2)
  })

  it('refuses a file that is no model, names it, and opens it once it is one', async () => {
    const only = host()
    const path = join(folder, 'later.onnx')
    const refusal = { code: 'model_invalid', message: expect.stringContaining(path) }
    await expect(only.open(path)).rejects.toMatchObject(refusal)
    await writeFile(path, 'not a model')
    await expect(only.open(path)).rejects.toMatchObject(refusal)
    await matrixPowerModel(folder, 'later', 1)
    expect((await only.open(path)).inputNames).toEqual(['a', 'b'])
  })

  it('fails the run whose thread dies, no other, and goes on with a new thread', async () => {
    const threads = nextThreads(2)
    const pair = host({ sessions: 2 })
    const session = await pair.open(slow)
    const runs = [session.run(square(384)), session.run(square(384))]
    // The second thread is still starting: it finds its run and then this, which is no work, and throws on it.
    const [, victim] = await threads
    victim?.postMessage(null)
    const outcomes = await Promise.allSettled(runs)
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const died = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(died?.reason).toMatchObject({ name: 'FldError', code: 'annotator_failed' })
    expect(died?.reason.message).toMatch(/slow.onnx.*session-\d.* ended/)
    const after = await Promise.all([session.run(square(4)), session.run(square(4))])
    expect(after.map(({ y }) => y?.dims)).toEqual([
      [4, 4],
      [4, 4],
    ])
  })

  it('replaces a thread that ended while it had nothing to do', async () => {
    const threads = nextThreads(1)
    const session = await host().open(quick)
    await (await threads)[0]?.terminate()
    expect((await session.run(square(2))).y?.dims).toEqual([2, 2])
  })

  it('ends a thread that fails to release a model, and goes on with a new one', async () => {
    const threads = nextThreads(1)
    const session = await host().open(quick)
    const [thread] = await threads
    const ended = new Promise((resolve) => thread?.once('exit', resolve))
    thread?.postMessage({ kind: 'release', models: [null] })
    expect(await ended).toBe(1)
    expect((await session.run(square(2))).y?.dims).toEqual([2, 2])
  })

  it('drops a waiting run when its signal fires, and does not wait for a running one', async () => {
    const session = await host().open(slow)
    const order: string[] = []
    const stop = new AbortController()
    const aborted = { name: 'FldError', code: 'aborted' }
    const running = session.run(square(512), { signal: stop.signal })
    const waiting = session.run(square(512), { signal: stop.signal })
    const other = session.run(square(2)).then(() => order.push('the next run ended'))
    stop.abort(new Error('enough'))
    await expect(running).rejects.toMatchObject(aborted)
    await expect(waiting).rejects.toMatchObject(aborted)
    order.push('both aborted')
    await other
    expect(order).toEqual(['both aborted', 'the next run ended'])
    await expect(session.run(square(2), { signal: stop.signal })).rejects.toMatchObject(aborted)
  })

  it('lets runs under way end when it is closed and refuses the others', async () => {
    const closing = host()
    const session = await closing.open(slow)
    const running = session.run(square(384))
    const { signal } = new AbortController()
    const waiting = expect(session.run(square(2), { signal })).rejects.toMatchObject({ code: 'aborted' })
    await closing.close()
    await waiting
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect((await running).y?.dims).toEqual([384, 384])
    await expect(session.run(square(2))).rejects.toMatchObject({ code: 'aborted' })
    await expect(closing.open(quick)).rejects.toMatchObject({ code: 'aborted' })
    await closing.close()
  })

  it('refuses settings that make no sense', () => {
    expect(() => createSessionHost({ threads: 0, sessions: 1 })).toThrow(/threads is 0/)
    expect(() => createSessionHost({ threads: 1, sessions: 1.5 })).toThrow(/sessions is 1.5/)
  })

  it('does not let a process that exits in the middle of a run crash', async () => {
    const script = fileURLToPath(new URL('./exit-during-run.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, slow], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const [code, signal] = await once(child, 'exit')
    expect({ code, signal }).toEqual({ code: 7, signal: null })
  })
})
