import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { openStore } from '../../src/storage/open-store.js'
import { storedTables } from './stored-tables.js'

const usage = `npm run check:readers -- <store folder> <run>

Opens every Parquet file of a run with pyarrow and with Hugging Face datasets and compares
columns, row counts and all values with what this project's own reader gives. Needs Python 3.10
or newer with venv; the first call installs the two packages into .fld/check-readers.`

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const comparison = fileURLToPath(new URL('./compare.py', import.meta.url))
const environment = fileURLToPath(new URL('../../.fld/check-readers', import.meta.url))

async function checkReaders(folder: string, run: string): Promise<number> {
  const python = await preparePython()
  const work = await mkdtemp(join(tmpdir(), 'fld-check-readers-'))
  try {
    const expected = join(work, 'expected.jsonl')
    await exportRows(folder, run, expected)
    return await runProgram(python, [comparison, folder, expected, join(work, 'cache')])
  } finally {
    await rm(work, { recursive: true })
  }
}

/** The Python of an environment that has both readers; made on the first call. */
async function preparePython(): Promise<string> {
  const python = join(environment, 'bin', 'python')
  const ready = await access(python).then(
    () => true,
    () => false,
  )
  if (!ready) await mustRun('python3', ['-m', 'venv', environment])
  await mustRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  return python
}

/** JSON lines: for each file a line with its table, key and number of rows, then a line for each row. */
async function exportRows(folder: string, run: string, path: string): Promise<void> {
  const store = await openStore(folder)
  async function* lines(): AsyncGenerator<string, void, undefined> {
    for await (const { table, key, rows } of storedTables(store, run)) {
      yield `${JSON.stringify({ table, key, rows: rows.length })}\n`
      for (const row of rows) yield `${JSON.stringify(row)}\n`
    }
  }
  await pipeline(lines, createWriteStream(path)).finally(() => store.close())
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const code = await runProgram(program, args)
  if (code !== 0) throw new FldError('internal', `${program} ${args.join(' ')} ended with status ${code}`)
}

async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' })
  try {
    const [code] = await once(child, 'exit')
    return typeof code === 'number' ? code : 1
  } catch (cause) {
    const hint = 'Python 3.10 or newer with venv is needed (Debian, Ubuntu: apt-get install python3-venv)'
    throw new FldError('internal', `${program} cannot be started: ${errorMessage(cause)}. ${hint}.`, { cause })
  }
}

const [folder, run, ...rest] = process.argv.slice(2)
if (!folder || !run || rest.length > 0) {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
} else {
  process.exitCode = await checkReaders(folder, run).catch((error: unknown) => {
    process.stderr.write(`check:readers: ${errorMessage(error)}\n`)
    return 1
  })
}
