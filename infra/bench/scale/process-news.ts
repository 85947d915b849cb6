import { z } from 'zod'

/** The memory of a process in bytes, and its time. */
const processSampleSchema = z.object({
  /** Resident, after a garbage collection. */
  rss: z.number(),
  /** Of JavaScript objects, after a garbage collection. */
  heap: z.number(),
  /** The most that was ever resident. */
  peak: z.number(),
  /** Seconds of processor that it has taken. */
  processor: z.number(),
})
export type ProcessSample = z.infer<typeof processSampleSchema>

/** What a process under measurement tells its parent. */
export const processNewsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('sample'), sample: processSampleSchema }),
  z.object({ kind: z.literal('mark'), committed: z.number() }),
  z.object({ kind: z.literal('step'), step: z.string() }),
  z.object({ kind: z.literal('requests'), requests: z.record(z.string(), z.number()) }),
])
export type ProcessNews = z.infer<typeof processNewsSchema>

/** Tells the parent. */
export function tell(news: ProcessNews): void {
  process.send?.(news)
}

/** Answers the parent whenever it asks for a sample, and ends with it. Needs --expose-gc. */
export function answerSamples(): void {
  process.on('message', () => tell({ kind: 'sample', sample: sampleNow() }))
  process.once('disconnect', () => process.exit())
}

function sampleNow(): ProcessSample {
  if (globalThis.gc === undefined) throw new RangeError('a process under measurement is started with --expose-gc')
  globalThis.gc()
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return { rss, heap: heapUsed, peak: process.resourceUsage().maxRSS * 1024, processor: (user + system) / 1e6 }
}
