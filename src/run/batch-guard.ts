import { type Job, UnrecoverableError } from 'bullmq'
import type { BatchGuard } from '../annotate/annotate-images.js'
import type { Suspicion } from '../annotate/batch-spans.js'
import type { AnnotateJob, InHand } from '../queue/job-queues.js'
import { orAborted } from '../storage/abort.js'
import type { Turns } from './turns.js'

/** Processes that must have ended over an image alone before it is taken out: one may have been killed by chance. */
const deathsOfAnImage = 2

/** Processes that may end while an annotator is being loaded. */
const deathsOfLoading = 3

/** What the guard needs of its job. */
type GuardedJob = Pick<Job<AnnotateJob>, 'data' | 'updateData'>

/** A guard over the batches of one annotator's job. */
export interface JobGuard extends BatchGuard {
  /** Says that the annotator is being loaded. Throws BullMQ's UnrecoverableError when it has ended too many processes. */
  loading(): Promise<void>
  /** Nothing is in hand any more. To be called however the job ends, while its process lives. */
  release(): Promise<void>
}

/**
 * Finds the image that ends processes: a crash in native code, memory that the system takes back. What a job has in hand
 * stands in its data; a try that finds it there knows that a process ended over it, has it run alone in its process, halved,
 * and takes an image out that has ended two processes alone. Redis may forget it: then the search begins anew.
 */
export async function guardJob(job: GuardedJob, turns: Turns, signal: AbortSignal): Promise<JobGuard> {
  const left = job.data.in_hand
  const deaths = deathsOver(left)
  const condemned = new Set(job.data.condemned)
  const isImage = left !== undefined && left.to - left.from === 1
  if (left !== undefined && isImage && deaths >= deathsOfAnImage) condemned.add(left.from)
  const suspects = left === undefined || left.from === left.to || condemned.has(left.from) ? null : left
  const suspicion: Suspicion = { suspects, condemned }
  const note = (in_hand: InHand | null) => noteInHand(job, { in_hand, condemned: [...condemned] }, signal)
  if (left !== undefined && suspects === null && left.from !== left.to) await note(null)
  return {
    suspicion,
    reason: `its worker process ended ${deathsOfAnImage} times over this image alone`,
    loading: async () => {
      const before = left !== undefined && left.from === left.to ? deaths : 0
      if (before >= deathsOfLoading) {
        throw new UnrecoverableError(`its worker process ended ${before} times while the annotator was being loaded`)
      }
      // While it is loaded, what a process has ended over stays known.
      if (suspects === null) await note({ from: 0, to: 0, alone: true, deaths: before })
    },
    around: ({ from, to, alone }, work) =>
      turns.take({ alone, signal }, async () => {
        const same = suspects !== null && suspects.from === from && suspects.to === to
        await note({ from, to, alone, deaths: same ? deaths : 0 })
        return work()
      }),
    release: () => note(null),
  }
}

/** Of processes that ended beside other work nobody knows over what. */
function deathsOver(left: InHand | undefined): number {
  if (left === undefined) return 0
  return left.alone ? left.deaths + 1 : 0
}

/** A job that Redis has forgotten has nothing to be noted in: it will be handed out anew. */
async function noteInHand(
  job: GuardedJob,
  { in_hand, condemned }: { in_hand: InHand | null; condemned: readonly number[] },
  signal: AbortSignal,
): Promise<void> {
  const { in_hand: _, condemned: before = [], ...rest } = job.data
  if (in_hand === null && job.data.in_hand === undefined && condemned.length === before.length) return
  const data = { ...rest, ...(condemned.length > 0 ? { condemned } : {}), ...(in_hand === null ? {} : { in_hand }) }
  await orAborted(
    job.updateData(data).catch(() => undefined),
    signal,
    'noting what is in hand',
  )
}
