import { Command } from 'commander'
import { environmentHelp } from './environment.js'
import { setControl } from './set-control.js'

const examples = `
What is committed stays. fld resume goes on all the same; fld run with the same settings refuses to.

Example:
  fld cancel starter-1a2b3c4d --out s3://datasets/mine
${environmentHelp}`

/** `fld cancel`. */
export function command(): Command {
  return new Command('cancel')
    .description('Stops a run: its sessions end, and workers take up no more of it.')
    .argument('<run>', 'the run')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addHelpText('after', examples)
    .action((run: string, flags: { out?: string }) => setControl(run, 'cancelled', flags))
}
