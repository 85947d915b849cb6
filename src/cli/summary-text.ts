import pc from 'picocolors'
import type { RunSummary } from '../run/run-summary.js'
import { byteSize, columns, duration } from './format-text.js'

/** A run's summary for people. `seconds` is the time of this session, null when it is only looked at. */
export function summaryText(summary: RunSummary, options: { out: string; seconds: number | null }): string {
  const { rows, rejects } = summary
  const lines: (readonly (string | number)[])[] = [
    ['images', summary.images],
    ['refused at ingest', summary.refused],
    ['quarantined', summary.quarantined],
    ['texts', rows.text ?? 0],
    ['regions', rows.region_text ?? 0],
    ['triplets', rows.phrase_region ?? 0],
    ['rejects', rows.rejects ?? 0],
    ...Object.entries(rejects)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => [`  ${reason}`, count] as const),
    ...Object.entries(summary.checkpoints)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([label, shards]) => [`checkpoint ${label}`, `${shards} shards`] as const),
    ...Object.entries(summary.absent).map(([name, shards]) => [`absent: ${name}`, `${shards} shards`] as const),
  ]
  const total = summary.shards === null ? '?' : String(summary.shards)
  const time = options.seconds === null ? '' : ` in ${duration(options.seconds)}`
  const round = summary.round === 0 ? '' : `, round ${summary.round}`
  const head = `run ${pc.bold(summary.run)}${round}: ${stateText(summary)}, ${summary.committed} of ${total} shards${time}`
  const of = summary.replay_of
  const replayed = of === null ? [] : [`a replay of ${of.run}, round ${of.round}`]
  const failed = summary.failed.map(({ shard, message }) => pc.red(`  shard ${shard} failed: ${message}`))
  const more = summary.failed_shards - summary.failed.length
  if (more > 0) failed.push(pc.red(`  and ${more} more`))
  const where = `files: ${options.out}/runs/${summary.run}/rounds/${summary.round} (${byteSize(summary.bytes)})`
  const { notes, example } = summary.labels_left_out
  const labels = notes === 0 ? [] : [pc.yellow(`labels of the source left out: ${notes}, as ${example}`)]
  return [head, ...replayed, columns(lines), ...labels, ...failed, where].join('\n')
}

function stateText({ state }: RunSummary): string {
  if (state === 'complete') return pc.green('complete')
  return state === 'failed_shards' ? pc.red('shards failed') : pc.yellow(state)
}
