import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage } from '../../schemas/errors.js'
import { openStore } from '../../src/storage/open-store.js'
import { pythonWith, runPython } from '../python-environment.js'
import { storedTables } from './stored-tables.js'

const usage = `npm run check:readers -- <store folder> <run>

Opens every Parquet file of a run with pyarrow and with Hugging Face datasets and compares
columns, row counts and all values with what this project's own reader gives. Needs Python 3.10
or newer with venv; the first call installs the two packages into .fld/check-readers.`

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const comparison = fileURLToPath(new URL('./compare.py', import.meta.url))
const environment = fileURLToPath(new URL('../../.fld/check-readers', import.meta.url))

async function checkReaders(folder: string, run: string): Promise<number> {
  const python = await pythonWith(requirements, environment)
  const work = await mkdtemp(join(tmpdir(), 'fld-check-readers-'))
  try {
    const expected = join(work, 'expected.jsonl')
    await exportRows(folder, run, expected)
    return await runPython(python, [comparison, folder, expected, join(work, 'cache')])
  } finally {
    await rm(work, { recursive: true })
  }
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
