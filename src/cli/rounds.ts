import { Command } from 'commander'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { RoundPlan } from '../../schemas/round.js'
import { churnKinds } from '../rounds/index.js'
import { leastAgreement, type RoundStep, roundHistory, steadyChurn } from '../run/round-history.js'
import { openRoundPlan } from '../run/round-plan.js'
import { readPlan } from '../run/run-ledger.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'

const examples = `
gate        whether the checkpoint had passed it when the round began, was refused, stood on too few images (undecided), or
            was forced past it; - where nobody had asked
churn       rows added, dropped, moved, relabelled or told otherwise (retexted), for each row of the round before;
            its parts stand behind it
agreement   share of the regions of the round before that the checkpoint saw too; - where the very same version had a part in
            an earlier one, so that nobody can tell
apart       an agreement below ${leastAgreement}: the checkpoint sees hardly anything of what stands; look at what it says
steady      a churn below ${steadyChurn}: there is little left to change, stop here
restless    a churn that is no smaller than that of the round before: rounds come no nearer to anything; stop, and look at
            what they change (fld diff <run> <before> <after>)
*           what is fed, exported and merged with next; withdrawn by fld rollback: passed over

Examples:
  fld rounds starter-1a2b3c4d --out ./dataset
  fld rounds starter-1a2b3c4d --out s3://datasets/mine --json
${environmentHelp}`

/** `fld rounds`. */
export function command(): Command {
  return new Command('rounds')
    .description(
      'The closed rounds of a run: which checkpoint annotated each, how much it changed, and which is current.',
    )
    .argument('<run>', 'the run')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples)
    .action(list)
}

async function list(run: string, flags: { out?: string; json?: boolean }): Promise<void> {
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => undefined)
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const plan = await readPlan(store, run)
    const steps = await roundHistory(store, plan, { signal: interrupt.soon })
    if (flags.json) process.stdout.write(steps.map((step) => `${JSON.stringify(step)}\n`).join(''))
    else {
      process.stdout.write(`${steps.length === 0 ? `run ${run} has no closed round yet` : stepsText(steps)}\n`)
      const open = await openRoundPlan(store, run)
      if (open !== null) process.stdout.write(`${openText(open)}\n`)
    }
  } finally {
    interrupt.release()
    await store.close()
  }
}

function openText({ run, round, before, checkpoint: { name, version } }: RoundPlan): string {
  return `round ${round} is open: ${checkpointLabel(name, version)} over round ${before.round} (fld status ${run}; fld resume goes on with it)`
}

const heads = [
  ...['', 'round', 'on', 'checkpoint', 'gate', 'texts', 'regions', 'triplets', 'churn'],
  ...churnKinds,
  ...['agreement', ''],
]

function stepsText(steps: readonly RoundStep[]): string {
  const rows = steps.map(({ round, step, rows: held, withdrawn, current }) => [
    ...[current ? '*' : '', round, step?.before ?? '-', step?.checkpoint ?? '-', step?.gate ?? '-'],
    ...[held.text ?? 0, held.region_text ?? 0, held.phrase_region ?? 0, share(step?.churn.total)],
    ...churnKinds.map((kind) => share(step?.churn.shares[kind])),
    ...[
      share(step?.agreement),
      withdrawn === null ? (step?.verdict ?? '') : `withdrawn: ${withdrawn.reason || 'no reason given'}`,
    ],
  ])
  return columns([heads, ...rows])
}

function share(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(4)
}
