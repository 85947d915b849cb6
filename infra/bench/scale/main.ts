/**
 * What the engine itself takes for very many shards: the real planner, coordinator, ledger, queue, worker and commit over
 * a set that is made up, with an annotator that does nothing. See docs/scale.md.
 */
import { parseArgs } from 'node:util'
import { type DriveOptions, driveSize, type Moment } from './drive-size.js'
import { comparison, momentLine, momentTitle, type SizeResult, sizeResult } from './scale-table.js'

const usage = `Drives many shards through the real queue, ledger and commit, and says what memory that takes.

  npm run bench:scale                            24,600 shards
  npm run bench:scale -- --shards 246000         126 M images, were there 512 in each
  npm run bench:scale -- --compare 24600,246000  both; ends with 1 where memory differs by more than 10 %

  --shards <n>      shards of the set (24600)
  --images <n>      images of each shard (2)
  --window <n>      shards in flight at most (64)
  --workers <n>     worker processes (1)
  --annotators <n>  annotators of each shard (1)
  --stages <n>      stages that they are dealt out among (1)
`

const { values } = parseArgs({
  options: {
    shards: { type: 'string', default: '24600' },
    compare: { type: 'string' },
    images: { type: 'string', default: '2' },
    window: { type: 'string', default: '64' },
    workers: { type: 'string', default: '1' },
    annotators: { type: 'string', default: '1' },
    stages: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})

function wholeNumber(flag: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  process.stderr.write(`--${flag} takes whole numbers from 1 up, not "${text}"\n`)
  process.exit(2)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function driveAndPrint(options: DriveOptions): Promise<SizeResult> {
  const { shards, images, window, workers, annotators, stages } = options
  print(
    `\n${shards} shards of ${images} images, ${annotators} annotators in ${stages} stages, window ${window}, ${workers} worker processes`,
  )
  print(momentTitle)
  const moments: Moment[] = []
  for await (const moment of driveSize(options)) {
    print(momentLine(moment, moments.at(-1)))
    moments.push(moment)
  }
  return sizeResult(shards, moments)
}

if (values.help) {
  print(usage)
} else {
  const settings = {
    images: wholeNumber('images', values.images),
    window: wholeNumber('window', values.window),
    workers: wholeNumber('workers', values.workers),
    annotators: wholeNumber('annotators', values.annotators),
    stages: wholeNumber('stages', values.stages),
  }
  const sizes = (values.compare ?? values.shards).split(',').map((size) => wholeNumber('compare', size))
  const results: SizeResult[] = []
  for (const shards of sizes) results.push(await driveAndPrint({ shards, ...settings }))
  const { text, alike } = comparison(results)
  print(`\n${text}`)
  process.exitCode = alike ? 0 : 1
}
