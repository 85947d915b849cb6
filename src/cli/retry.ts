import { Command, Option } from 'commander'
import { collect, wholeNumber } from './arguments.js'
import { environmentHelp } from './environment.js'
import type { RetryFlags } from './retry-session.js'
import { addQueueFlags } from './worker-flags.js'

const examples = `
Does again what failed, and nothing else: shards without a commit, images that were taken out, annotators that were absent.
Of an image only those are asked that failed at it, and those that look at what they said. What comes of it takes the place
of what was committed; a closed round gets a new revision of its snapshot, and the earlier one stays readable.

Examples:
  fld retry starter-1a2b3c4d --out ./dataset --all
  fld retry starter-1a2b3c4d --out ./dataset --cause 1f2e3d4c     (fld failures lists causes)
  fld retry starter-1a2b3c4d --out ./dataset --cause ppocr --shard 000012
  fld retry starter-1a2b3c4d --out ./dataset --image 0a1b2c3d4e5f
${environmentHelp}`

/** `fld retry`. */
export function command(): Command {
  const list = (flags: string, description: string) =>
    new Option(flags, `${description}; may be given several times`).argParser(collect).default([], 'any')
  const retry = new Command('retry')
    .description('Does again what a run could not do.')
    .argument('<run>', 'the run')
    .option('--all', 'everything that failed and may succeed')
    .addOption(list('--cause <cause>', 'failures of this cause, annotator or reason'))
    .addOption(list('--shard <shard>', 'failures of this shard'))
    .addOption(list('--image <id>', 'failures of this image (image_id or its first digits)'))
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
  return addQueueFlags(retry)
    .addHelpText('after', examples)
    .action(async (run: string, flags: RetryFlags) => {
      const { retrySession } = await import('./retry-session.js')
      process.exitCode = await retrySession(run, flags)
    })
}
