import { Command } from 'commander'
import { latestRound } from '../run/round-plan.js'
import { listRuns } from '../run/run-ledger.js'
import { summariseRun } from '../run/run-summary.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { columns } from './format-text.js'

const examples = `
Examples:
  fld runs --out ./dataset
  fld runs --out s3://datasets/mine --json
${environmentHelp}`

/** `fld runs`. */
export function command(): Command {
  return new Command('runs')
    .description('Lists the runs of a store and where each stands.')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples)
    .action(list)
}

async function list(flags: { out?: string; json?: boolean }): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const names = await listRuns(store)
    const rows: (string | number)[][] = [
      ['run', 'round', 'state', 'shards', 'images', 'regions', 'triplets', 'begun', 'replay of'],
    ]
    for (const run of names) {
      const summary = await summariseRun(store, { run, round: await latestRound(store, run) })
      if (flags.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
      const shards = `${summary.committed}/${summary.shards ?? '?'}`
      const { region_text = 0, phrase_region = 0 } = summary.rows
      const of = summary.replay_of === null ? '' : `${summary.replay_of.run}:${summary.replay_of.round}`
      rows.push([
        run,
        summary.round,
        summary.state,
        shards,
        summary.images,
        region_text,
        phrase_region,
        summary.created_at,
        of,
      ])
    }
    if (!flags.json) process.stdout.write(names.length > 0 ? `${columns(rows)}\n` : `no runs in ${out}\n`)
  } finally {
    await store.close()
  }
}
