import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { estimateModelBytes, memoryPerFileByte } from '../../../src/models/sessions/model-memory.js'
import {
  createSessionHost,
  type MeteredSessionHost,
  type SessionHostOptions,
} from '../../../src/models/sessions/session-host.js'
import { type ModelSession, onProvider, type Tensors } from '../../../src/models/sessions/tensor.js'
import { identityModel, matrixPowerModel, modelFolder } from './tiny-models.js'

let folder: string
let models: [string, string, string]
let slow: string
/** Estimated bytes of one of the three models. */
let one: number
const hosts: MeteredSessionHost[] = []

beforeAll(async () => {
  folder = await modelFolder()
  const made = ['a', 'b', 'c'].map((name) => matrixPowerModel(folder, name, 1))
  const [a = '', b = '', c = ''] = await Promise.all(made)
  models = [a, b, c]
  slow = await matrixPowerModel(folder, 'slow', 60)
  one = await estimateModelBytes(a)
})
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})
afterAll(() => rm(folder, { recursive: true }))

function host(options: Partial<SessionHostOptions> = {}): MeteredSessionHost {
  const made = createSessionHost({ threads: 1, sessions: 1, ...options })
  hosts.push(made)
  return made
}

function square(size: number): Tensors {
  const data = () => new Float32Array(size * size).fill(1 / size)
  return {
    a: { type: 'float32', data: data(), dims: [size, size] },
    b: { type: 'float32', data: data(), dims: [size, size] },
  }
}

async function expectRuns(session: ModelSession): Promise<void> {
  const { y } = await session.run(square(2))
  expect(y?.data).toEqual(Float32Array.of(0.5, 0.5, 0.5, 0.5))
}

async function openAll(made: MeteredSessionHost): Promise<[ModelSession, ModelSession, ModelSession]> {
  const [a, b, c] = models
  return [await made.open(a), await made.open(b), await made.open(c)]
}

describe('the estimate of a model', () => {
  it('counts external data beside it, and nothing else', async () => {
    const path = join(folder, 'large.onnx')
    const sizes = { 'large.onnx': 100, 'large.onnx_data': 1000, 'large.onnx_data_1': 10, 'large.onnx.data': 1 }
    for (const [name, bytes] of Object.entries(sizes)) await writeFile(join(folder, name), new Uint8Array(bytes))
    for (const name of ['large.onnx.verified', 'large.onnx_database', 'larger.onnx']) {
      await writeFile(join(folder, name), new Uint8Array(7))
    }
    expect(await estimateModelBytes(path)).toBe(1111 * memoryPerFileByte)
    expect(await estimateModelBytes(join(folder, 'none.onnx'))).toBe(0)
  })
})

describe('a host with a memory budget', () => {
  it('keeps everything without one', async () => {
    const unlimited = host()
    await openAll(unlimited)
    expect(unlimited.stats()).toMatchObject({ loads: 3, releases: 0 })
  })

  it('gives back the model least recently used, and loads it again for its next run', async () => {
    const limited = host({ memoryBytes: one * 2.5 })
    const [a, b, c] = models
    const [first, second] = [await limited.open(a), await limited.open(b)]
    await expectRuns(first)
    const third = await limited.open(c)
    expect(limited.stats()).toEqual({ loads: 3, releases: 1, loadedBytes: 2 * one })
    // b went: a had been run since.
    await expectRuns(first)
    await expectRuns(third)
    expect(limited.stats()).toMatchObject({ loads: 3, releases: 1 })
    await expectRuns(second)
    expect(limited.stats()).toEqual({ loads: 4, releases: 2, loadedBytes: 2 * one })
    expect(await limited.open(b)).toBe(second)
  })

  it('says that a model is unavailable that it opened and cannot load again', async () => {
    const limited = host({ memoryBytes: one * 1.5 })
    const path = join(folder, 'vanishing.onnx')
    await copyFile(models[0], path)
    const session = await limited.open(path)
    await limited.open(models[1])
    await writeFile(path, 'not a model')
    await expect(session.run(square(2))).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(/vanishing\.onnx cannot be loaded again/),
    })
    await copyFile(models[0], path)
    await expectRuns(session)
  })

  it('gives several back at once where one is not enough', async () => {
    const large = await matrixPowerModel(folder, 'long', 12)
    const bytes = await estimateModelBytes(large)
    expect(bytes).toBeGreaterThan(one)
    const limited = host({ memoryBytes: Math.max(bytes + one * 0.5, one * 3) })
    await openAll(limited)
    await limited.open(large)
    expect(limited.stats().loadedBytes).toBeLessThanOrEqual(Math.max(bytes + one * 0.5, one * 3))
    expect(limited.stats().releases).toBeGreaterThanOrEqual(2)
  })

  it('counts a model in a second thread again', async () => {
    const pair = host({ sessions: 2, memoryBytes: 1e9 })
    const session = await pair.open(slow)
    await Promise.all([session.run(square(256)), session.run(square(256))])
    expect(pair.stats()).toMatchObject({ loads: 2, loadedBytes: 2 * (await estimateModelBytes(slow)) })
  })

  it('lets a loading wait for a thread that runs the only model that could go', async () => {
    const slowBytes = await estimateModelBytes(slow)
    const pair = host({ sessions: 2, memoryBytes: slowBytes })
    const session = await pair.open(slow)
    const order: string[] = []
    const running = session.run(square(384)).then(() => order.push('slow run'))
    const opening = pair.open(models[0]).then(() => order.push('opened'))
    await Promise.all([running, opening])
    expect(order).toEqual(['slow run', 'opened'])
    expect(pair.stats()).toMatchObject({ loads: 2, releases: 1, loadedBytes: one })
  })

  it('loads a model above the whole budget alone, and says so once', async () => {
    const said: string[] = []
    const tight = host({ memoryBytes: one / 2, log: (line) => said.push(line) })
    const [a, b] = [await tight.open(models[0]), await tight.open(models[1])]
    await expectRuns(a)
    await expectRuns(b)
    await expectRuns(a)
    expect(tight.stats()).toEqual({ loads: 5, releases: 4, loadedBytes: one })
    expect(said).toHaveLength(2)
    expect(said[0]).toMatch(/a\.onnx takes about \d+ MB, above the \d+ MB that models may take: it is loaded alone/)
  })

  it('stays within it and answers right while many models are run at once in several threads', async () => {
    const pair = host({ sessions: 2, memoryBytes: one * 2 })
    const sessions = await openAll(pair)
    await Promise.all(Array.from({ length: 30 }, (_, index) => expectRuns(sessions[index % 3] ?? sessions[0])))
    expect(pair.stats().loadedBytes).toBeLessThanOrEqual(one * 2)
    expect(pair.stats().releases).toBeGreaterThan(0)
  })

  it('forgets what a thread held that died', async () => {
    const thread = new Promise<{ terminate(): Promise<number> }>((resolve) => process.once('worker', resolve))
    const only = host({ memoryBytes: one * 2.5 })
    const session = await only.open(models[0])
    await (await thread).terminate()
    expect(only.stats().loadedBytes).toBe(0)
    await expectRuns(session)
    expect(only.stats()).toEqual({ loads: 2, releases: 0, loadedBytes: one })
  })

  it('refuses a budget that makes no sense', () => {
    expect(() => createSessionHost({ threads: 1, sessions: 1, memoryBytes: 0 })).toThrow(/memoryBytes is 0/)
  })
})

describe('the provider of a model', () => {
  it('cpu opens what the host would open, as a model of its own', async () => {
    const made = host()
    await expectRuns(await made.open(models[0], { provider: 'cpu' }))
    await expectRuns(await onProvider(made, 'cpu').open(models[0]))
    expect(made.stats().loads).toBe(1)
  })

  // On a machine with CUDA the model opens; on any other the refusal tells how to get there.
  it('cuda opens, or tells how to get CUDA', async () => {
    const made = host()
    const outcome = await onProvider(made, 'cuda')
      .open(models[0])
      .then(expectRuns, (error: unknown) => error)
    if (outcome !== undefined) {
      expect(outcome).toMatchObject({
        code: 'model_invalid',
        message: expect.stringMatching(
          /a\.onnx cannot be loaded.*CUDA execution provider.*npm rebuild onnxruntime-node --ignore-scripts=false/,
        ),
      })
    }
    await expectRuns(await made.open(models[0]))
  })
})

describe('a model of float16', () => {
  it('takes and gives float32, rounded as halves are', async () => {
    const session = await host().open(await identityModel(folder, 'float16'))
    const data = Float32Array.of(1, -0.1, 1e-7, 65_504, 1e6, 0)
    const { y } = await session.run({ x: { type: 'float32', data, dims: [6] } })
    expect(y).toEqual({
      type: 'float32',
      data: Float32Array.of(1, -0.0999755859375, 2 ** -23, 65_504, Number.POSITIVE_INFINITY, 0),
      dims: [6],
    })
  })
})
