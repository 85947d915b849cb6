/** Whether asking again can help: timeouts, too many requests, and failures of the server (RFC 9110, RFC 6585, RFC 8470). */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** The pause that a Retry-After header asks for, in ms: seconds, or a date (RFC 9110, 10.2.3). Null where it says neither. */
export function retryAfterMs(header: string | null): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}
