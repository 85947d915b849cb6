import { Command } from 'commander'
import { FldError } from '../../schemas/errors.js'
import type { Pack, PackEntry } from '../../schemas/pack.js'
import { listPacks, loadPack } from '../models/pack-file.js'
import { pullPack, verifyEntry } from '../models/pull.js'
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
${environmentHelp}`

/** `fld models list|pull|verify`. */
export function command(): Command {
  const models = new Command('models')
    .description('Lists, pulls and verifies model packs.')
    .addHelpText('after', examples)
  models
    .command('list')
    .description('packs, or the annotators of one pack')
    .argument('[pack]', 'name or .json file')
    .option('--json', 'as JSON')
    .action(list)
  models
    .command('pull')
    .description('bring the files of a pack into the cache, each checked against its sha256')
    .argument('<pack>', 'name or .json file')
    .action(pull)
  models
    .command('verify')
    .description('hash the cached files of a pack again; exit code 1 when one is missing or corrupt')
    .argument('<pack>', 'name or .json file')
    .option('--json', 'as JSON')
    .action(verify)
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
    byteSize(entryBytes(entry)),
  ])
  return `${pack.name}: ${pack.description}\n${columns(rows)}`
}

function entryBytes({ files }: PackEntry): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

async function pull(name: string): Promise<void> {
  const pack = await loadPack(name)
  const options = await readEnvironment().pullOptions()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; what has arrived is kept\n'))
  try {
    await pullPack(pack, { ...options, signal: interrupt.soon, onProgress: pullReporter() })
    process.stdout.write(`${pack.name}: ${pack.entries.length} annotators, all files verified in ${options.cache}\n`)
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
    : columns(all.map(({ entry, file, state, path }) => [entry, file, state, path]))
  process.stdout.write(`${text}\n`)
  const bad = all.filter(({ state }) => state !== 'ok')
  if (bad.length === 0) return
  process.exitCode = exitCodes.failed
  throw new FldError(
    'model_unavailable',
    `${bad.length} of ${all.length} files are not there or not whole; fld models pull ${name}`,
  )
}
