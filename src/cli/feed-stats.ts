import { Command } from 'commander'
import { currentRound } from '../dataset/current-round.js'
import { type FeedStats, feedStats, type SampleSums } from '../feed/index.js'
import { namedRun } from '../run/run-ledger.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { addFeedFlags, type FeedFlags } from './feed-options.js'
import { columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { progressLine } from './progress-line.js'
import { countedFeedOptions } from './token-counter.js'

const examples = `
Boxes and lines that were cut to fit the longest target are counted one by one, as what is in no sample.

Examples:
  fld feed stats starter-1a2b3c4d --out ./dataset
  fld feed stats --out s3://datasets/mine --tasks OD=2,OCR=0 --tokenizer ./florence2-onnx
  fld feed stats starter-1a2b3c4d --splits validation,test --json
${environmentHelp}`

interface StatsFlags extends FeedFlags {
  readonly round?: number
  readonly out?: string
  readonly json?: boolean
}

/** `fld feed stats`. */
export function statsCommand(): Command {
  const stats = new Command('stats')
    .description(
      'What a snapshot gives for training: samples, tokens and lengths by task, and what is in no sample, and why.',
    )
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--round <n>', 'round of the run (default: the one it stands at)', wholeNumber({ min: 0, max: 1_000_000 }))
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'everything as JSON')
  return addFeedFlags(stats).addHelpText('after', examples).action(printStats)
}

async function printStats(asked: string | undefined, flags: StatsFlags): Promise<void> {
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => undefined)
  const signal = interrupt.soon
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const run = await namedRun(store, asked, { signal })
    const round = flags.round ?? (await currentRound(store, run, { signal }))
    const { options, countTokens } = await countedFeedOptions(flags)
    const onShard = progressLine((done: number, of: number) => `read ${done} of ${of} shards`)
    const stats = await feedStats(store, { run, round, options, countTokens, signal, onShard })
    process.stdout.write(
      `${flags.json ? JSON.stringify({ run, round, ...stats }) : statsText(stats, options.tokenizer)}\n`,
    )
  } finally {
    interrupt.release()
    await store.close()
  }
}

function statsText(stats: FeedStats, tokenizer: string | null): string {
  const { samples, images, without_samples, tasks, granularities, splits } = stats
  const lengths = Object.entries(stats.lengths).sort(([a], [b]) => Number(a) - Number(b))
  const left = Object.entries(stats.left_out).sort(([, a], [, b]) => b - a)
  const counted = tokenizer === null ? 'at most, without a tokenizer' : `by tokenizer ${tokenizer}`
  return [
    `${samples} samples of ${images} images; ${without_samples} images give none`,
    ...Object.entries({ task: tasks, granularity: granularities, split: splits }).flatMap(sumsTable),
    `tokens of targets, ${counted}: ${lengths.map(([most, count]) => `<=${most}: ${count}`).join(', ')}`,
    left.length === 0
      ? 'nothing was left out'
      : columns([['in no sample', ''], ...left.map(([what, count]) => [what, String(count)])]),
  ].join('\n\n')
}

/** None where there is nothing to tell. */
function sumsTable([of, sums]: [string, Readonly<Record<string, SampleSums>>]): string[] {
  const rows = Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return []
  const heads = [of, 'samples', 'in an epoch', 'mean tokens', 'longest']
  const cells = rows.map(([name, { samples, in_epoch, tokens, longest }]) => [
    ...[name, String(samples), in_epoch.toFixed(1), (tokens / samples).toFixed(1), String(longest)],
  ])
  return [columns([heads, ...cells])]
}
