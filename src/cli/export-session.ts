import { FldError } from '../../schemas/errors.js'
import type { ExportFormatName } from '../../schemas/feed.js'
import { currentRound } from '../dataset/current-round.js'
import { type ExportSums, exportFormats, exportSnapshot } from '../feed/index.js'
import { renderMarkdown, reportDocument, reportRun } from '../report/index.js'
import { namedRun } from '../run/run-ledger.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { type FeedFlags, sampleFlags } from './feed-options.js'
import { byteSize } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { progressLine } from './progress-line.js'
import { endInterrupted } from './session-end.js'
import { countedFeedOptions } from './token-counter.js'

/** The options of `fld export`. */
export interface ExportFlags extends FeedFlags {
  readonly format: ExportFormatName
  readonly to: string
  readonly images: boolean
  readonly round?: number
  readonly out?: string
  readonly json?: boolean
}

/** Exports a snapshot from the command line. Returns the exit code. */
export async function exportSession(asked: string | undefined, flags: ExportFlags): Promise<number> {
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; what is written stays\n'))
  const signal = interrupt.soon
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  const to = absoluteLocation(flags.to)
  const target = await environment.openStore(to)
  try {
    const run = await namedRun(store, asked, { signal })
    const round = flags.round ?? (await currentRound(store, run, { signal }))
    const { options, countTokens } = await countedFeedOptions(flags)
    const layout = exportFormats[flags.format]
    if (layout.of === 'rows') checkNoSampleFlags(flags)
    const sums = await exportSnapshot({
      ...{ store, target, run, round, options, countTokens, images: flags.images, signal },
      format: { name: flags.format, layout },
      report: async () => renderMarkdown(reportDocument(await reportRun({ store, run, round, signal }))),
      onShard: progressLine((done: number, of: number) => `exported ${done} of ${of} shards`),
    })
    const { samples, ...rows } = sums
    const told = layout.of === 'samples' ? { ...rows, samples } : rows
    process.stdout.write(`${flags.json ? JSON.stringify({ run, round, to, ...told }) : sumsText(told, to)}\n`)
    return exitCodes.ok
  } catch (error) {
    if (!signal.aborted) throw error
    return endInterrupted()
  } finally {
    interrupt.release()
    await target.close()
    await store.close()
  }
}

/** What decides about samples has no part in an export of rows. */
function checkNoSampleFlags(flags: ExportFlags): void {
  const idle = sampleFlags(flags)
  if (idle.length === 0) return
  const message = `--format ${flags.format} holds rows of the tables and no samples: ${idle.join(', ')} would do nothing`
  throw new FldError('config_invalid', message)
}

/** `samples` where they are what is exported. */
type ExportTold = Omit<ExportSums, 'samples'> & { readonly samples?: number }

function sumsText({ images, samples, files, bytes, written }: ExportTold, to: string): string {
  const news = written === 0 ? 'nothing was left to write' : `${written} written now`
  const what = samples === undefined ? `${images} images` : `${images} images, ${samples} samples`
  return `${what} in ${files} files (${byteSize(bytes)}; ${news}) -> ${to}`
}
