import { Command } from 'commander'
import { type RoundStep, roundHistory, steadyChurn } from '../run/round-history.js'
import { readPlan } from '../run/run-ledger.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'

const examples = `
churn       rows added, dropped, moved, relabelled or told otherwise, for each row of the round before
agreement   share of the regions of the round before that the checkpoint saw too
A round with a churn below ${steadyChurn} has little left to change: stop there, unless its agreement still falls. What changed
is in fld diff <run> <before> <after>.

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
    const text = flags.json ? steps.map((step) => JSON.stringify(step)).join('\n') : stepsText(steps)
    process.stdout.write(steps.length === 0 ? `run ${run} has no closed round yet\n` : `${text}\n`)
  } finally {
    interrupt.release()
    await store.close()
  }
}

function stepsText(steps: readonly RoundStep[]): string {
  const head = ['', 'round', 'merged with', 'checkpoint', 'texts', 'regions', 'triplets', 'churn', 'agreement', '']
  const rows = steps.map(({ round, step, rows, withdrawn, current }) => [
    ...[current ? '*' : '', String(round), step === null ? '-' : String(step.before), step?.checkpoint ?? '-'],
    ...[rows.text ?? 0, rows.region_text ?? 0, rows.phrase_region ?? 0].map(String),
    ...[step === null ? '-' : step.churn.toFixed(4), step?.agreement?.toFixed(4) ?? '-'],
    withdrawn ? 'withdrawn' : step !== null && step.churn < steadyChurn ? 'steady' : '',
  ])
  return columns([head, ...rows])
}
