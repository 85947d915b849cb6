import { Command } from 'commander'
import { namedRound } from '../run/round-plan.js'
import { namedRun } from '../run/run-ledger.js'
import { summariseRun } from '../run/run-summary.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { summaryText } from './summary-text.js'

const examples = `
Examples:
  fld status --out ./dataset              the run begun last
  fld status starter-1a2b3c4d --out s3://datasets/mine --json
${environmentHelp}`

/** `fld status`. */
export function command(): Command {
  return new Command('status')
    .description('Says where a run stands, from the object store alone: no Redis is asked.')
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(show)
}

async function show(asked: string | undefined, flags: { out?: string; round?: number; json?: boolean }): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const run = await namedRun(store, asked)
    const summary = await summariseRun(store, { run, round: await namedRound(store, { run, round: flags.round }) })
    const text = flags.json ? JSON.stringify({ ...summary, out }) : summaryText(summary, { out, seconds: null })
    process.stdout.write(`${text}\n`)
    if (summary.failed.length > 0 || summary.quarantined > 0) process.exitCode = exitCodes.finishedWithFaults
  } finally {
    await store.close()
  }
}
