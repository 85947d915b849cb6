import { Command } from 'commander'
import pc from 'picocolors'
import { namedRound } from '../run/round-plan.js'
import { namedRun, readPlan } from '../run/run-ledger.js'
import { verifyRun } from '../run/verify-run.js'
import type { Violation } from '../run/verify-shard.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'

const examples = `
Reads everything that a run made visible and checks it against the images that were packed: every image is in exactly one of
committed and quarantined, no row is there twice, no row is of another shard's image, every file has the bytes, the rows and
the sha256 that its commit and the manifest say, and the sums are right. Exit code 1 when anything is not so. The packed images
themselves are most of a store: they are read with --images.

Examples:
  fld verify --out ./dataset                            the run begun last
  fld verify starter-1a2b3c4d --out s3://datasets/mine --json
${environmentHelp}`

interface Flags {
  readonly out?: string
  readonly round?: number
  readonly images?: boolean
  readonly json?: boolean
}

/** `fld verify`. */
export function command(): Command {
  return new Command('verify')
    .description('Checks from the object store alone that a run lost no image and shows no row twice.')
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--images', 'read the packed images too, and hold each against its sha256')
    .option('--json', 'one JSON object for each violation, and one for the whole')
    .addHelpText('after', examples)
    .action(verify)
}

async function verify(asked: string | undefined, { json, ...flags }: Flags): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const plan = await readPlan(store, await namedRun(store, asked))
    const round = await namedRound(store, { run: plan.run, round: flags.round })
    const onViolation = (violation: Violation) =>
      process.stdout.write(`${json ? JSON.stringify(violation) : violationText(violation)}\n`)
    const verified = await verifyRun(store, { plan, round, packed: flags.images ?? false, onViolation })
    if (json) process.stdout.write(`${JSON.stringify(verified)}\n`)
    else {
      const { run, state, shards, committed, quarantined, refused, failed, pending, violations } = verified
      const head = violations === 0 ? pc.green('0 violations') : pc.red(`${violations} violations`)
      const open = `${failed > 0 ? `, ${failed} shards failed` : ''}${pending ? `, ${pending} still to do` : ''}`
      process.stdout.write(
        `run ${run}, round ${round} (${state}): ${head}; ${shards} shards${open}, ${committed} images committed, ${quarantined} quarantined, ${refused} files refused\n`,
      )
    }
    if (verified.violations > 0) process.exitCode = exitCodes.failed
  } finally {
    await store.close()
  }
}

function violationText({ what, where, expected, found }: Violation): string {
  return `${pc.red(where)}: ${what}: expected ${expected}, found ${found}`
}
