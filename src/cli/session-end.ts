import { FldError } from '../../schemas/errors.js'
import { type RunSummary, summariseRun } from '../run/run-summary.js'
import type { ObjectStore } from '../storage/object-store.js'
import { exitCodes } from './exit-code.js'
import { summaryText } from './summary-text.js'

/** A session whose work is over, for its closing words. */
export interface EndedSession {
  readonly store: ObjectStore
  readonly out: string
  readonly run: string
  readonly round: number
  readonly json: boolean
  /** `Date.now()` when it began. */
  readonly started: number
}

/**
 * Prints the closing summary from the ledger, and what is left to do. Returns the exit code; throws FldError
 * `source_invalid` when there was no image at all.
 */
export async function endSession({ store, out, run, round, json, started }: EndedSession): Promise<number> {
  const summary = await summariseRun(store, { run, round })
  const seconds = (Date.now() - started) / 1000
  if (json) process.stdout.write(`${JSON.stringify({ ...summary, out, seconds })}\n`)
  else process.stdout.write(`\n${summaryText(summary, { out, seconds })}\n`)
  return exitCodeOf(summary, out)
}

function exitCodeOf(summary: RunSummary, out: string): number {
  if (summary.images + summary.refused + summary.failed.length === 0) {
    throw new FldError('source_invalid', `no image was found in ${summary.source}: nothing was annotated`)
  }
  const complete = summary.state === 'complete'
  if (summary.refused + summary.quarantined + summary.failed_shards > 0) {
    say(`what failed, and why: fld failures ${summary.run} --out ${out}`)
  }
  if (summary.failed_shards > 0) say(`to try again: fld retry ${summary.run} --out ${out} --all`)
  if (summary.state === 'paused') return exitCodes.ok
  return complete && summary.quarantined === 0 ? exitCodes.ok : exitCodes.finishedWithFaults
}

/** Says that Ctrl-C was heard and how to go on: by the same command unless there is a shorter one. Returns the exit code. */
export function endInterrupted(command?: string): number {
  const how = command === undefined ? `run the same command again:\n  ${sameCommand()}` : `run\n  ${command}`
  say(`stopped. What is done is kept; to go on, ${how}`)
  return exitCodes.interrupted
}

function sameCommand(): string {
  const quoted = process.argv.slice(2).map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part}'`))
  return `fld ${quoted.join(' ')}`
}

/** A line for the person at the terminal. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
