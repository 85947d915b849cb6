import { Command } from 'commander'
import pc from 'picocolors'
import { type FailureGroup, groupFailures } from '../run/failure-groups.js'
import { failureItems } from '../run/failure-items.js'
import { namedRound, readPlanOfRound } from '../run/round-plan.js'
import { namedRun } from '../run/run-ledger.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'

const examples = `
What failed, by cause: shards without a commit, images that were taken out, images that an optional annotator could not do,
and optional annotators that gave nothing for a shard. Exit code 3 when there is anything.

Examples:
  fld failures starter-1a2b3c4d --out ./dataset
  fld failures starter-1a2b3c4d --out s3://datasets/mine --json
  fld retry starter-1a2b3c4d --out ./dataset --cause 1f2e3d4c
${environmentHelp}`

/** `fld failures`. */
export function command(): Command {
  return new Command('failures')
    .description('What a run could not do, by cause, with counts and examples.')
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--json', 'one JSON object a cause')
    .addHelpText('after', examples)
    .action(show)
}

async function show(asked: string | undefined, flags: { out?: string; round?: number; json?: boolean }): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const run = await namedRun(store, asked)
    const round = await namedRound(store, { run, round: flags.round })
    const plan = await readPlanOfRound(store, { run, round })
    const groups = await groupFailures(failureItems(store, { plan, round }))
    const lines = groups.map(flags.json ? (group) => JSON.stringify(group) : groupText)
    process.stdout.write(lines.length > 0 ? `${lines.join('\n')}\n` : flags.json ? '' : `run ${run}: nothing failed\n`)
    if (groups.some(({ retriable }) => retriable) && !flags.json) {
      process.stdout.write(
        `again: fld retry ${run}${round === 0 ? '' : ` --round ${round}`} --out ${out} --all, or --cause <cause>\n`,
      )
    }
    if (groups.length > 0) process.exitCode = exitCodes.finishedWithFaults
  } finally {
    await store.close()
  }
}

const things = { shard: 'shards without a commit', image: 'images', absent: 'shards without this annotator' } as const

function groupText({
  cause,
  kind,
  stage,
  annotator,
  reason,
  retriable,
  count,
  shards,
  examples,
}: FailureGroup): string {
  const who = annotator === null ? stage : `${stage}, ${annotator}`
  const where = kind === 'image' ? ` in ${shards} shards` : ''
  const fact = retriable ? '' : ' (a fact of the source or the set-up: trying again does not help)'
  const head = `${pc.bold(cause)}  ${count} ${things[kind]}${where}: ${reason} (${who})${fact}`
  const shown = examples.map(({ shard, image_id, source, message }) => {
    const what = [image_id, source].filter((part) => part !== null).join(' ')
    return `    shard ${shard}${what === '' ? '' : `, ${what}`}: ${message}`
  })
  return [head, ...shown].join('\n')
}
