import { totalmem } from 'node:os'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addWorkerFlags, modelMemoryOf, type WorkerFlags, workerArguments } from '../../src/cli/worker-flags.js'

function parsed(args: readonly string[]): WorkerFlags {
  return addWorkerFlags(new Command())
    .exitOverride()
    .parse(['node', 'fld', ...args])
    .opts<WorkerFlags>()
}

describe('the memory of models', () => {
  it('is half of the machine, shared by the worker processes on it', () => {
    expect(modelMemoryOf(parsed([]))).toBe(Math.floor(totalmem() / 2))
    const shared = modelMemoryOf(parsed(workerArguments(parsed([]), 4)))
    expect(shared).toBeGreaterThan(totalmem() / 8 - 2_000_000)
    expect(shared).toBeLessThanOrEqual(totalmem() / 8)
  })

  it('is what each worker process is told, where it is told', () => {
    const flags = parsed(['--model-memory', '3000'])
    expect(modelMemoryOf(flags)).toBe(3_000_000_000)
    expect(parsed(workerArguments(flags, 4))).toMatchObject({ modelMemory: 3000 })
  })

  it('is refused when it is no number of MB', () => {
    const command = addWorkerFlags(new Command())
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
    expect(() => command.parse(['node', 'fld', '--model-memory', '2GB'])).toThrow(/whole number from 16/)
  })
})
