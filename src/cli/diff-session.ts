import type { AnnotationTable } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import { type DecidedRound, diffRounds } from '../rounds/index.js'
import { readPlan } from '../run/run-ledger.js'
import type { ObjectStore } from '../storage/object-store.js'
import { diffText } from './diff-text.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { listenForInterrupt } from './interrupt.js'
import { progressLine } from './progress-line.js'

/** The options of `fld diff`. */
export interface DiffFlags {
  readonly out?: string
  readonly table: readonly AnnotationTable[]
  readonly examples: number
  readonly overlay?: string
  readonly exitCode?: boolean
  readonly json?: boolean
}

/** Compares two decisions from the command line. Returns the exit code. */
export async function diffSession(before: string, after: string, flags: DiffFlags): Promise<number> {
  const environment = readEnvironment()
  const stop = new AbortController()
  const interrupt = listenForInterrupt(() => stop.abort())
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const { signal } = stop
    const sides = {
      before: await decidedRound(store, before, { signal }),
      after: await decidedRound(store, after, { signal }),
    }
    const { table: tables, examples } = flags
    const onShard = progressLine((done: number) => `compared ${done} shards`)
    const diff = await diffRounds({ store, ...sides, tables, examples, signal, onShard })
    process.stdout.write(`${flags.json ? JSON.stringify(diff, null, 1) : diffText(diff)}\n`)
    if (flags.overlay !== undefined) {
      const { drawDiffOverlays } = await import('./diff-overlays.js')
      const drawn = await drawDiffOverlays({ store, diff, ...sides, folder: flags.overlay, signal })
      process.stderr.write(`drawn: ${drawn} images, before and after, in ${flags.overlay}\n`)
    }
    return flags.exitCode && !diff.equal ? exitCodes.failed : exitCodes.ok
  } finally {
    interrupt.release()
    await store.close()
  }
}

/** The round that `<run>` or `<run>:<round>` names. */
async function decidedRound(
  store: ObjectStore,
  asked: string,
  options: { signal: AbortSignal },
): Promise<DecidedRound> {
  const [, run, round] = /^([^:]+)(?::(\d{1,7}))?$/.exec(asked) ?? []
  if (run === undefined) {
    throw new FldError('config_invalid', `"${asked}" names no decision: write <run>, or <run>:<round> as in mine:1`)
  }
  return { plan: await readPlan(store, run, options), round: Number(round ?? 0) }
}
