/**
 * Samples per second of `fld feed serve` through the Python client, beside Hugging Face datasets on the same samples.
 *
 *   npm run bench:feed -- [--images 1024] [--repetitions 3] [--python python3] [--store <out> --run <run>]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { openStore } from '../../../src/storage/open-store.js'
import { feedStore } from '../../../test/feed/fed-store.js'
import { writePhotographs } from './sample-photographs.js'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1024' },
    repetitions: { type: 'string', default: '3' },
    python: { type: 'string', default: process.env.FLD_PYTHON ?? 'python3' },
    store: { type: 'string' },
    run: { type: 'string' },
  },
})
const root = fileURLToPath(new URL('../../..', import.meta.url))

const measurementSchema = z.object({
  reader: z.string(),
  what: z.string(),
  samples: z.number(),
  seconds: z.number(),
  bytes: z.number(),
  warm: z.boolean(),
})
type Measurement = z.infer<typeof measurementSchema>

interface Served {
  readonly url: string
  stop(): Promise<void>
}

/** A store that was named, or one of made-up annotations on photographs. */
async function storeToServe(folder: string): Promise<{ out: string; run: string }> {
  if (values.store !== undefined && values.run !== undefined) return { out: values.store, run: values.run }
  const reference = resolve(process.env.FLD_REFERENCE_DATA ?? '../shared')
  const made = await writePhotographs(join(folder, 'photos'), { count: Number(values.images), reference })
  const out = join(folder, 'out')
  const store = await openStore(out)
  try {
    await feedStore(store, { photos: join(folder, 'photos'), shardSize: 128, run: 'bench' })
  } finally {
    await store.close()
  }
  process.stdout.write(`${values.images} JPEGs of 640x480, ${made}, in shards of 128\n`)
  return { out, run: 'bench' }
}

async function serve({ out, run }: { out: string; run: string }): Promise<Served> {
  const args = [join(root, 'dist/src/cli/main.js'), 'feed', 'serve', run, '--out', out, '--port', '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stderr })) {
    const [url] = /http:\S+(?=;)/.exec(line) ?? []
    if (url === undefined) continue
    const stop = async () => {
      child.kill('SIGTERM')
      await ended
    }
    return { url, stop }
  }
  throw new FldError('internal', 'fld feed serve ended before it served')
}

/** Runs a script of this folder; what it cannot do for want of packages it says itself. */
async function measure(script: string, args: readonly string[]): Promise<Measurement[]> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(values.python, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const failed = once(child, 'error').then(([cause]) => {
    throw new FldError('config_invalid', `There is no Python at "${values.python}": name one by --python.`, { cause })
  })
  const read = async () => {
    const found: Measurement[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      found.push(measurementSchema.parse(JSON.parse(line)))
    }
    return found
  }
  return Promise.race([read(), failed])
}

function print(all: readonly Measurement[]): void {
  const cells = (row: readonly string[]) =>
    `${(row[0] ?? '').padEnd(26)}${row
      .slice(1)
      .map((cell) => cell.padStart(18))
      .join('')}\n`
  process.stdout.write(`${all[0]?.samples ?? 0} samples an epoch\n`)
  process.stdout.write(cells(['samples/s, median (MB/s)', 'no images', 'images, encoded', 'images, decoded']))
  for (const reader of new Set(all.map((one) => one.reader))) {
    const rates = ['no images', 'images, encoded', 'images, decoded'].map((what) =>
      rateOf(all.filter((one) => one.reader === reader && one.what === what && one.warm)),
    )
    process.stdout.write(cells([reader, ...rates]))
  }
}

function rateOf(measured: readonly Measurement[]): string {
  const sorted = [...measured].sort((a, b) => a.seconds / a.samples - b.seconds / b.samples)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (median === undefined) return 'not measured'
  const { samples, seconds, bytes } = median
  const speed = bytes > 0 ? ` (${Math.round(bytes / seconds / 1e6)})` : ''
  return `${Math.round(samples / seconds)}${speed}`
}

/** Ours, of a server that is stopped whatever happens. */
async function measureOurs(folder: string, parquet: string): Promise<Measurement[]> {
  const server = await serve(await storeToServe(folder))
  try {
    return await measure('read_feed.py', [join(root, 'src/feed/client'), server.url, values.repetitions, parquet])
  } finally {
    await server.stop()
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-bench-feed-'))
  const parquet = join(folder, 'samples.parquet')
  try {
    const ours = await measureOurs(folder, parquet)
    const theirs = existsSync(parquet) ? await measure('read_datasets.py', [parquet, values.repetitions]) : []
    print([...ours, ...theirs])
  } finally {
    await rm(folder, { recursive: true })
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
})
