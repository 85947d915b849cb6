import { FldError } from '../../schemas/errors.js'
import type { ByteRange } from './object-store.js'

/**
 * Refuses a range that is none; `internal`, for the caller computed it. A range that reaches past the object's end is
 * allowed and, as with `slice`, gives what there is, or nothing.
 */
export function checkRange(key: string, { start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return
  throw new FldError('internal', `Bytes ${start} to ${end} of ${key} are no range: 0 <= start <= end, whole numbers.`, {
    details: { key, start, end },
  })
}
