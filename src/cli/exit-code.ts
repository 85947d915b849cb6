import { errorMessage, FldError } from '../../schemas/errors.js'

/** The exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, finishedWithFaults: 3, interrupted: 130 } as const

/** The exit code for whatever was thrown. */
export function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof FldError)) return exitCodes.failed
  if (thrown.code === 'aborted') return exitCodes.interrupted
  const asked = ['config_invalid', 'annotator_unknown', 'source_invalid'].includes(thrown.code)
  return asked ? exitCodes.usage : exitCodes.failed
}

/** Writes an error to standard error: our own as a sentence, anything unforeseen with its stack. */
export function reportError(thrown: unknown): void {
  const unforeseen = thrown instanceof Error && !(thrown instanceof FldError)
  process.stderr.write(unforeseen ? `fld: ${thrown.stack ?? thrown.message}\n` : `fld: ${messageOf(thrown)}\n`)
}

/** Messages of several lines (lists of what is wrong) keep them. */
function messageOf(thrown: unknown): string {
  return thrown instanceof FldError ? thrown.message : errorMessage(thrown)
}
