import { FldError } from '../../schemas/errors.js'
import { orAborted } from '../storage/abort.js'

/**
 * Work that is given up when it takes longer than `seconds`, or when the signal fires. It is given a signal of its own, which
 * fires in both cases; what does not heed it goes on unseen, and its outcome is dropped. Throws FldError `annotator_failed`
 * when the time is over, `aborted`, and what `work` throws.
 */
export async function withinTime<Result>(
  { seconds, signal }: { seconds: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController()
  const stop = () => own.abort(signal.reason)
  const tooLong = new FldError('annotator_failed', `it took longer than the ${seconds} s that it may take`)
  const timer = setTimeout(() => own.abort(tooLong), seconds * 1000)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await orAborted(work(own.signal), own.signal, 'annotating')
  } catch (error) {
    throw own.signal.reason === tooLong ? tooLong : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
