import { Command, Option } from 'commander'
import { wholeNumber } from './arguments.js'
import { environmentHelp } from './environment.js'
import type { InspectFlags } from './inspect-run.js'

const examples = `
Examples:
  fld inspect starter-1a2b3c4d --out ./dataset                          the shards of the run
  fld inspect starter-1a2b3c4d --out ./dataset --shard 0                the images of a shard
  fld inspect starter-1a2b3c4d --out ./dataset --image 3f9a --json      all rows about an image (id or its beginning)
  fld inspect starter-1a2b3c4d --out ./dataset --image 3f9a --overlay look.png
${environmentHelp}`

/** `fld inspect`. */
export function command(): Command {
  return new Command('inspect')
    .description('Shows what a run committed: its shards, the images of a shard, or all about an image.')
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addOption(new Option('--image <id>', 'an image: its id or the beginning of it'))
    .addOption(new Option('--shard <n>', 'a shard: its number or name').conflicts(['image', 'overlay']))
    .option('--overlay <file>', 'draw the regions of --image on it, as a PNG')
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (run: string | undefined, flags: InspectFlags) => {
      const { inspectRun } = await import('./inspect-run.js')
      await inspectRun(run, flags)
    })
}
