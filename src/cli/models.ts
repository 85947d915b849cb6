import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { FldError } from '../../schemas/errors.js'
import type { Pack, PackEntry } from '../../schemas/pack.js'
import { pickFiles } from '../models/packs/graph-files.js'
import { lockEntry } from '../models/packs/lock-entry.js'
import { listPacks, loadPack } from '../models/packs/pack-file.js'
import { pullPack, verifyEntry } from '../models/packs/pull.js'
import type { PullOptions } from '../models/packs/pull-options.js'
import { environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { byteSize, columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { pullReporter } from './pull-view.js'

const examples = `
Examples:
  fld models list
  fld models list starter
  fld models pull starter
  FLD_MODELS=./weights fld models pull coco-small
  fld models verify starter --json
  fld models lock fld5b --out infra/packs/fld5b.json
${environmentHelp}`

/** `fld models list|pull|verify|lock`. */
export function command(): Command {
  const models = new Command('models')
    .description('Lists, pulls, verifies and pins model packs.')
    .addHelpText('after', examples)
  models
    .command('list')
    .description('packs, or the annotators of one pack')
    .argument('[pack]', 'name or .json file')
    .option('--json', 'as JSON')
    .action(list)
  models
    .command('pull')
    .description(
      'bring the files of a pack into the cache, each checked against its sha256, or pinned where it has none',
    )
    .argument('<pack>', 'name or .json file')
    .action(pull)
  models
    .command('verify')
    .description('hash the cached files of a pack again; exit code 1 when one is missing or corrupt')
    .argument('<pack>', 'name or .json file')
    .option('--json', 'as JSON')
    .action(verify)
  models
    .command('lock')
    .description('pin every file of a pack to a commit of the hub, sha256 and size, and write the pack')
    .argument('<pack>', 'name or .json file')
    .option('--out <file>', 'where to write it (default: standard output)')
    .action(lock)
  return models
}

async function list(name: string | undefined, flags: { json?: boolean }): Promise<void> {
  const packs = await Promise.all((name === undefined ? await listPacks() : [name]).map(loadPack))
  if (flags.json) process.stdout.write(`${JSON.stringify(packs, null, 1)}\n`)
  else process.stdout.write(`${packs.map(packText).join('\n\n')}\n`)
}

function packText(pack: Pack): string {
  const rows = pack.entries.map((entry) => [
    `  ${pack.name}/${entry.name}`,
    entry.annotator,
    entry.family,
    entry.licence,
    sizeText(entry),
  ])
  return `${pack.name}: ${pack.description}\n${columns(rows)}`
}

/** Of the files that are pulled; what is not pinned has no size yet. */
function sizeText(entry: PackEntry): string {
  const { files } = pickFiles(entry)
  const unpinned = files.filter(({ bytes }) => bytes === undefined).length
  const size = byteSize(files.reduce((sum, { bytes = 0 }) => sum + bytes, 0))
  if (unpinned === 0) return size
  return unpinned === files.length ? `${unpinned} files, not pinned` : `${size} and ${unpinned} files, not pinned`
}

async function pull(name: string): Promise<void> {
  const pack = await loadPack(name)
  await pulling(async (options) => {
    await pullPack(pack, options)
    process.stdout.write(`${pack.name}: ${pack.entries.length} annotators, all files verified in ${options.cache}\n`)
  })
}

async function lock(name: string, { out }: { out?: string }): Promise<void> {
  const pack = await loadPack(name)
  await pulling(async (options) => {
    const entries: PackEntry[] = []
    for (const entry of pack.entries) entries.push(await lockEntry(entry, { ...options, anew: true }))
    const text = `${JSON.stringify({ ...pack, entries }, null, 2)}\n`
    if (out === undefined) process.stdout.write(text)
    else await writeFile(out, text)
  })
}

/** Downloads with progress on standard error, until Ctrl-C. */
async function pulling(work: (options: PullOptions) => Promise<void>): Promise<void> {
  const options = await readEnvironment().pullOptions()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; what has arrived is kept\n'))
  try {
    await work({ ...options, signal: interrupt.soon, onProgress: pullReporter() })
  } finally {
    interrupt.release()
  }
}

async function verify(name: string, flags: { json?: boolean }): Promise<void> {
  const pack = await loadPack(name)
  const options = await readEnvironment().pullOptions()
  const checks = await Promise.all(
    pack.entries.map(async (entry) =>
      (await verifyEntry(entry, options)).map((check) => ({ entry: entry.name, ...check })),
    ),
  )
  const all = checks.flat()
  const text = flags.json
    ? JSON.stringify(all, null, 1)
    : columns(all.map(({ entry, file, state, pinned, path }) => [entry, file, state, pinned ? path : 'not pinned']))
  process.stdout.write(`${text}\n`)
  const bad = all.filter(({ state }) => state !== 'ok')
  if (bad.length === 0) return
  process.exitCode = exitCodes.failed
  throw new FldError(
    'model_unavailable',
    `${bad.length} of ${all.length} files are not there or not whole; fld models pull ${name}`,
  )
}
