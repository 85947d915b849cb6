/** What went wrong, in words a caller can branch on. */
export type ErrorCode =
  | 'aborted'
  | 'annotator_failed'
  | 'annotator_unknown'
  | 'config_invalid'
  | 'endpoint_unavailable'
  | 'gate_closed'
  | 'image_refused'
  | 'internal'
  | 'model_invalid'
  | 'model_unavailable'
  | 'queue_unavailable'
  | 'run_cancelled'
  | 'run_conflict'
  | 'run_missing'
  | 'source_invalid'
  | 'store_corrupt'
  | 'store_denied'
  | 'store_missing'
  | 'store_unavailable'
  | 'worker_unfit'

/** The values that explain an error: which key, what it was, what was allowed. Never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/**
 * The one error this project throws on purpose. The message names what, where and what was allowed;
 * `code` is for programs, `details` for logs, `cause` keeps the error underneath.
 */
export class FldError extends Error {
  override readonly name = 'FldError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** The message of whatever was thrown, on one line, for a ledger entry or a terminal. */
export function errorMessage(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replace(/\s+/g, ' ').trim()
}
