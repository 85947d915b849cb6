import { Command, Option } from 'commander'
import { readPlan } from '../run/run-ledger.js'
import { restoreRounds, withdrawRounds } from '../run/withdraw-rounds.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'

const examples = `
What is fed and exported where no round is named is the run's newest round that nobody withdrew. A withdrawn round stays in
the store and readable by its number (--round); the next fld round merges with the one that the run stands at. A round that is
merged with a withdrawn one is withdrawn with it; an open round above the one that is gone back to is given up:
the next fld round begins another. Every withdrawal stays on record with its reason (fld rounds).
The way back of a checkpoint is fld checkpoint rollback.

Examples:
  fld rollback starter-1a2b3c4d --out ./dataset                      to the round before
  fld rollback starter-1a2b3c4d --to 0 --reason "weak captions"
  fld rollback starter-1a2b3c4d --to 2                               where it stands at 2: gives up the round that is open
  fld rollback starter-1a2b3c4d --undo
${environmentHelp}`

interface Flags {
  readonly to?: number
  readonly reason: string
  readonly undo?: boolean
  readonly out?: string
}

/** `fld rollback`. */
export function command(): Command {
  return new Command('rollback')
    .description('Takes a run back to an earlier round: what is fed and exported is that one again.')
    .argument('<run>', 'the run')
    .option(
      '--to <round>',
      'that round (default: the one before the current one)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--reason <text>', 'kept with the record', '')
    .addOption(new Option('--undo', 'take the last withdrawal back').conflicts(['to', 'reason']))
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addHelpText('after', examples)
    .action(rollback)
}

async function rollback(run: string, { to, reason, undo, out }: Flags): Promise<void> {
  const environment = readEnvironment()
  const store = await environment.openStore(absoluteLocation(out ?? environment.out))
  try {
    await readPlan(store, run)
    const rounds = undo ? await restoreRounds(store, run) : await withdrawRounds(store, run, { to, reason })
    const gone = rounds.withdrawn.map(({ round }) => round).join(', ')
    process.stdout.write(`run ${run} stands at round ${rounds.current}${gone === '' ? '' : `; withdrawn: ${gone}`}\n`)
  } finally {
    await store.close()
  }
}
