import { Command } from 'commander'
import { environmentHelp } from './environment.js'
import { setControl } from './set-control.js'

const examples = `
Whoever runs it, on whatever machine, finds the word in the store within seconds. fld resume goes on.

Example:
  fld pause starter-1a2b3c4d --out s3://datasets/mine
${environmentHelp}`

/** `fld pause`. */
export function command(): Command {
  return new Command('pause')
    .description('Hands out no more shards of a run; those in flight are finished. Its sessions end.')
    .argument('<run>', 'the run')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addHelpText('after', examples)
    .action((run: string, flags: { out?: string }) => setControl(run, 'paused', flags))
}
