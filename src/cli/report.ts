import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { readKnownBoxes, renderHtml, renderMarkdown, reportDocument, reportRun } from '../report/index.js'
import { namedRound } from '../run/round-plan.js'
import { namedRun } from '../run/run-ledger.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { listenForInterrupt } from './interrupt.js'
import { progressLine } from './progress-line.js'

const examples = `
Examples:
  fld report --out ./dataset                        the run begun last; writes ./report-<run>/report.{md,html,json}
  fld report starter-1a2b3c4d --out s3://datasets/mine --to ./reports/starter
  fld report starter-1a2b3c4d --out ./dataset --json | jq .annotations
${environmentHelp}`

interface ReportFlags {
  readonly round?: number
  readonly out?: string
  readonly to?: string
  readonly truth?: string
  readonly json?: boolean
}

/** `fld report`. */
export function command(): Command {
  return new Command('report')
    .description(
      "Says what a run amounts to: the Florence-2 paper's tables for its annotations beside FLD-5B's, agreement, rejects, cost.",
    )
    .argument('[run]', 'the run; the one begun last when left out')
    .option(
      '--round <n>',
      'round of the run (default: the open one, else the one it stands at)',
      wholeNumber({ min: 0, max: 1_000_000 }),
    )
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--to <folder>', 'where report.md, report.html and report.json are written (default: ./report-<run>)')
    .option('--truth <file>', 'COCO file of true boxes, by file name (default: labels that came with the source)')
    .option('--json', 'print report.json instead of report.md')
    .addHelpText('after', examples)
    .action(report)
}

async function report(asked: string | undefined, flags: ReportFlags): Promise<void> {
  const environment = readEnvironment()
  const stop = new AbortController()
  const interrupt = listenForInterrupt(() => stop.abort())
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const run = await namedRun(store, asked, { signal: stop.signal })
    const { truth } = flags
    const round = await namedRound(store, { run, round: flags.round }, { signal: stop.signal })
    const known = truth === undefined ? {} : { known: await readKnownBoxes(truth, { signal: stop.signal }) }
    const found = await reportRun({
      store,
      run,
      round,
      signal: stop.signal,
      ...known,
      onShard: progressLine((done: number, committed: number) => `read ${done} of ${committed} shards`),
    })
    const document = reportDocument(found)
    const files = {
      'report.md': renderMarkdown(document),
      'report.html': renderHtml(document),
      'report.json': `${JSON.stringify(found, null, 1)}\n`,
    }
    const folder = flags.to ?? `report-${run}${round === 0 ? '' : `-round${round}`}`
    await writeFiles(folder, files)
    process.stdout.write(files[flags.json ? 'report.json' : 'report.md'])
    process.stderr.write(
      `written: ${Object.keys(files)
        .map((name) => join(folder, name))
        .join(', ')}\n`,
    )
  } finally {
    interrupt.release()
    await store.close()
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  } catch (cause) {
    throw new FldError('config_invalid', `--to ${folder} cannot be written: ${errorMessage(cause)}`, { cause })
  }
}
