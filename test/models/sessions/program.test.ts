import { rm } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  createSessionHost,
  type MeteredSessionHost,
  type SessionHostOptions,
} from '../../../src/models/sessions/session-host.js'
import type { MatrixInput } from './matrix-program.js'
import { matrixPowerModel, modelFolder } from './tiny-models.js'

let folder: string
let multiply: string
const hosts: MeteredSessionHost[] = []
const module = new URL('./matrix-program.ts', import.meta.url).href

beforeAll(async () => {
  folder = await modelFolder()
  multiply = await matrixPowerModel(folder, 'multiply', 1)
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

function half(steps: number): MatrixInput {
  const begun = new Int32Array(new SharedArrayBuffer(4))
  return { matrix: Float32Array.of(0.5, 0, 0, 0.5), steps, begun }
}

describe('a program in a session thread', () => {
  it('runs its graphs step by step and answers once', async () => {
    const program = await host().openProgram({ module, graphs: { multiply } })
    const output = await program.run(half(3))
    expect(output).toEqual({
      data: Float32Array.of(0.0625, 0, 0, 0.0625),
      done: 3,
      thread: { a: 'float32', b: 'float32' },
    })
  })

  it('stops between two steps when its signal fires, and the thread goes on with others', async () => {
    const program = await host().openProgram({ module, graphs: { multiply } })
    const stop = new AbortController()
    const endless = half(Number.POSITIVE_INFINITY)
    const running = program.run(endless, { signal: stop.signal })
    while (Atomics.load(endless.begun, 0) === 0) await nextTurn()
    stop.abort()
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    expect(await program.run(half(1))).toMatchObject({ done: 1 })
  })

  it('that throws fails its run only, with its own words', async () => {
    const program = await host().openProgram({ module, graphs: { multiply } })
    await expect(program.run({ ...half(1), fail: true })).rejects.toMatchObject({
      code: 'annotator_failed',
      message: expect.stringContaining('the program fails on purpose'),
    })
    expect(await program.run(half(1))).toMatchObject({ done: 1 })
  })

  it('whose input cannot be handed over fails, and the thread is free for the next', async () => {
    const program = await host().openProgram({ module, graphs: { multiply } })
    await expect(program.run({ ...half(1), matrix: () => undefined })).rejects.toThrow(/could not be cloned/)
    expect(await program.run(half(1))).toMatchObject({ done: 1 })
  })

  it('counts all of its graphs as memory, and gives them back for others', async () => {
    const other = await matrixPowerModel(folder, 'other', 2)
    const tight = host({ memoryBytes: 1 })
    const program = await tight.openProgram({ module, graphs: { multiply, other } })
    const session = await tight.open(multiply)
    expect(await program.run(half(1))).toMatchObject({ done: 1 })
    const square = { type: 'float32', data: Float32Array.of(1, 0, 0, 1), dims: [2, 2] } as const
    expect((await session.run({ a: square, b: { ...square, data: square.data.slice() } })).y?.dims).toEqual([2, 2])
    expect(tight.stats()).toMatchObject({ loads: 4, releases: 3 })
  })

  it('of a graph that is none, or of a module that exports none, is refused', async () => {
    const refusing = host()
    await expect(refusing.openProgram({ module, graphs: { multiply: `${folder}/none.onnx` } })).rejects.toMatchObject({
      code: 'model_invalid',
    })
    const elsewhere = new URL('./tiny-models.ts', import.meta.url).href
    await expect(refusing.openProgram({ module: elsewhere, graphs: { multiply } })).rejects.toThrow(
      /exports no program/,
    )
  })
})
