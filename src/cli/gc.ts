import { Command } from 'commander'
import { FldError } from '../../schemas/errors.js'
import { listRuns, readPlan } from '../run/run-ledger.js'
import { unseenObjects } from '../run/sweep-rounds.js'
import type { ObjectStore } from '../storage/object-store.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { byteSize } from './format-text.js'

const examples = `
Sweeps tables of attempts that lost or were killed before their commit, and of commits that a retry has superseded unless a
snapshot names them. What a commit or a snapshot names is never touched, nor are images and observations. Parts of uploads
that were cut off are the bucket's to sweep: give it a lifecycle rule that aborts incomplete multipart uploads.

Examples:
  fld gc starter-1a2b3c4d --out ./dataset --dry-run
  fld gc --all --out s3://datasets/mine --grace 48
${environmentHelp}`

interface Flags {
  readonly out?: string
  readonly all?: boolean
  readonly grace: number
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `fld gc`. */
export function command(): Command {
  return new Command('gc')
    .description('Deletes files of a run that no commit and no snapshot names.')
    .argument('[run]', 'the run; or --all')
    .option('--all', 'every run of the store')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option(
      '--grace <hours>',
      'leave what is younger: longer than any attempt takes',
      wholeNumber({ min: 1, max: 100_000 }),
      24,
    )
    .option('--dry-run', 'say what would go, and delete nothing')
    .option('--json', 'one JSON object a run')
    .addHelpText('after', examples)
    .action(sweep)
}

async function sweep(run: string | undefined, flags: Flags): Promise<void> {
  if ((run === undefined) === (flags.all !== true)) {
    throw new FldError('config_invalid', 'name one run, or --all')
  }
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const runs = run === undefined ? await listRuns(store) : [(await readPlan(store, run)).run]
    for (const each of runs) report(each, await sweepRun(store, each, flags), flags)
    if (runs.length === 0) process.stdout.write(`no runs in ${out}\n`)
  } finally {
    await store.close()
  }
}

interface Swept {
  objects: number
  bytes: number
}

/** Objects that are deleted in one request. */
const page = 1_000

async function sweepRun(store: ObjectStore, run: string, { grace, dryRun }: Flags): Promise<Swept> {
  const swept: Swept = { objects: 0, bytes: 0 }
  let keys: string[] = []
  const flush = async () => {
    if (dryRun !== true) await store.delete(keys)
    keys = []
  }
  for await (const { key, bytes } of unseenObjects(store, { run, before: Date.now() - grace * 3_600_000 })) {
    swept.objects += 1
    swept.bytes += bytes
    keys.push(key)
    if (keys.length >= page) await flush()
  }
  await flush()
  return swept
}

function report(run: string, { objects, bytes }: Swept, { dryRun, json }: Flags): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ run, objects, bytes, deleted: dryRun !== true })}\n`)
    return
  }
  const what = `${objects} files (${byteSize(bytes)})`
  process.stdout.write(`run ${run}: ${what} ${dryRun ? 'would be' : 'are'} deleted\n`)
}
