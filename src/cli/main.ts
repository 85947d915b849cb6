#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { FldError } from '../../schemas/errors.js'
import { exitCodeOf, reportError } from './exit-code.js'
import { packageVersion } from './package-version.js'

/** The commands by name. A command's module is loaded when it is asked for. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<{ command: () => Command }> }>> = {
  run: { summary: 'annotate images with a pipeline and commit the result', load: () => import('./run.js') },
  resume: { summary: 'go on with a run wherever it stopped', load: () => import('./resume.js') },
  replay: { summary: 'decide a run again by other rules, without any model', load: () => import('./replay.js') },
  round: { summary: 'let a checkpoint annotate a run again, and merge', load: () => import('./round.js') },
  rounds: { summary: "a run's rounds: how much each changed, and which is current", load: () => import('./rounds.js') },
  rollback: { summary: 'take a run back to an earlier round', load: () => import('./rollback.js') },
  status: { summary: 'where a run stands', load: () => import('./status.js') },
  runs: { summary: 'list the runs of a store', load: () => import('./runs.js') },
  worker: { summary: 'add a worker process to whatever runs use the same Redis', load: () => import('./worker.js') },
  models: { summary: 'list, pull and verify model packs', load: () => import('./models.js') },
  vocabulary: {
    summary: 'look labels up in the label table, and check vocabularies against it',
    load: () => import('./vocabulary.js'),
  },
  inspect: { summary: 'look at what a run committed', load: () => import('./inspect.js') },
  diff: { summary: 'how one decision differs from another', load: () => import('./diff.js') },
  calibrate: {
    summary: 'fit how far each annotator is to be believed, on labelled images',
    load: () => import('./calibrate.js'),
  },
  report: { summary: "what a run amounts to, beside FLD-5B's figures", load: () => import('./report.js') },
  export: { summary: 'write a snapshot for other tools', load: () => import('./export.js') },
  failures: { summary: 'what a run could not do, by cause', load: () => import('./failures.js') },
  verify: { summary: 'check that a run lost nothing and shows nothing twice', load: () => import('./verify.js') },
  retry: { summary: 'do again what a run could not do', load: () => import('./retry.js') },
  pause: { summary: 'let a run end the shards in flight, and no more', load: () => import('./pause.js') },
  cancel: { summary: 'stop a run for good', load: () => import('./cancel.js') },
  gc: { summary: 'sweep what attempts left that nobody can see', load: () => import('./gc.js') },
  annotate: { summary: 'try one annotator on a few pictures, without a run', load: () => import('./annotate.js') },
  florence2: {
    summary: 'ask a Florence-2 checkpoint, read and write its format',
    load: () => import('./florence2.js'),
  },
  checkpoint: {
    summary: 'add Florence-2 checkpoints to a store, list, promote and roll them back',
    load: () => import('./checkpoint.js'),
  },
  feed: { summary: 'make training samples of what a run committed, and stream them', load: () => import('./feed.js') },
  doctor: { summary: 'check this machine, Redis, the object store and the models', load: () => import('./doctor.js') },
}

const codes = `
Exit codes: 0 done; 1 failed; 2 usage or configuration; 3 finished, with quarantined images or failed shards;
            130 stopped by Ctrl-C.

Examples:
  fld run starter --images ./photos --out ./dataset
  fld run ./my-pipeline.yaml --images s3://pictures/2026 --out s3://datasets/mine
  fld inspect <run> --out ./dataset --image <id> --overlay look.png`

async function program(argv: readonly string[]): Promise<Command> {
  const fld = new Command('fld')
    .description('The open data engine for Florence-2: many models annotate, consensus decides, Parquet keeps.')
    .version(await packageVersion())
    .addHelpText('after', codes)
  const asked = argv.find((argument) => Object.hasOwn(commands, argument))
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (name === asked) fld.addCommand((await load()).command().summary(summary))
    else fld.command(name).description(summary)
  }
  for (const one of [fld, ...fld.commands, ...fld.commands.flatMap((command) => command.commands)]) one.exitOverride()
  return fld
}

async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  try {
    const fld = await program(argv)
    if (argv.length === 0) fld.outputHelp()
    else await fld.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) reportError(error)
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : exitCodeOf(error)
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe (head, less) has seen enough.
  if (error.code === 'EPIPE') process.exit(0)
  throw new FldError('internal', `writing to standard output: ${error.message}`, { cause: error })
})

// Nobody reads what is reported any more (Ctrl-C ends `2>&1 | tee` first): the work goes on.
process.stderr.on('error', () => undefined)

// The AWS SDK is pinned to a version that runs on Node 20: its notice about later ones is not for the user.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

await main()
