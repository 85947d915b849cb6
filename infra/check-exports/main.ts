import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { feedOptionsSchema, type Sample } from '../../schemas/feed.js'
import { parseAnswer } from '../../schemas/florence2/parse.js'
import { ungroundedPhrases } from '../../schemas/florence2/ungrounded-phrases.js'
import type { ImageRecord } from '../../schemas/image.js'
import { currentRound } from '../../src/dataset/current-round.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { exportFormats, exportSnapshot, huggingFaceCard } from '../../src/feed/index.js'
import { shardSamples } from '../../src/feed/shard-samples.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { referenceAnswer } from './reference-answer.js'

const usage = `npm run check:exports -- <store folder> <run>

Exports a run in every format and opens each export with its real consumer: Hugging Face's Florence-2
processor, datasets, pycocotools, WebDataset. Needs Python 3.10 or newer with venv; the first call installs
the packages into .fld/check-exports. FLD_PYTHON names a Python that has them already.`

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const consumers = fileURLToPath(new URL('./check.py', import.meta.url))
const environment = fileURLToPath(new URL('../../.fld/check-exports', import.meta.url))

const options = feedOptionsSchema.parse({ splits: ['train', 'validation', 'test'] })

async function checkExports(folder: string, run: string): Promise<number> {
  const python = process.env.FLD_PYTHON ?? (await preparePython())
  const work = await mkdtemp(join(tmpdir(), 'fld-check-exports-'))
  const store = await openStore(folder)
  try {
    const round = await currentRound(store, run)
    const expected = join(work, 'expected.jsonl')
    await pipeline(sampleLines(store, { run, round }), createWriteStream(expected))
    for (const [name, layout] of exportFormats) {
      const target = await openStore(join(work, name))
      const card = name === 'hf' ? `---\n${huggingFaceCard(options.splits, { images: true })}\n---\n` : '# export\n'
      await exportSnapshot({
        ...{ store, target, run, round, options, card, images: true, format: { name, layout } },
        ...{ signal: new AbortController().signal, onShard: () => undefined },
      })
      await target.close()
    }
    return await runProgram(python, [consumers, work, expected, join(work, 'cache')])
  } finally {
    await store.close()
    await rm(work, { recursive: true })
  }
}

/** JSON lines: every sample with what this project's own parser reads in its target. */
async function* sampleLines(
  store: ObjectStore,
  place: { run: string; round: number },
): AsyncGenerator<string, void, undefined> {
  const manifest = await readManifest(store, place.run, place.round)
  if (manifest === null) throw new FldError('run_missing', `round ${place.round} of ${place.run} is not closed`)
  for await (const shard of manifestShards(store, manifest)) {
    const { images } = await shardSamples(store, { set: manifest.set, shard, options })
    for (const { record, samples } of images) for (const sample of samples) yield sampleLine(record, sample)
  }
}

function sampleLine({ width, height }: ImageRecord, { sample_id, task, prompt, target }: Sample): string {
  const answer = referenceAnswer(task, parseAnswer(task, target, { width, height }))
  return `${JSON.stringify({ sample_id, task, prompt, target, width, height, answer })}\n`
}

/** The Python of an environment that has the consumers; made on the first call. */
async function preparePython(): Promise<string> {
  const python = join(environment, 'bin', 'python')
  const ready = await access(python).then(
    () => true,
    () => false,
  )
  if (ready) return python
  process.stderr.write(`installing ${requirements} into ${environment}\n`)
  for (const [program, ...args] of [
    ['python3', '-m', 'venv', environment],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  ] as const) {
    const code = await runProgram(program, args)
    if (code !== 0) throw new FldError('internal', `${program} ${args.join(' ')} ended with status ${code}`)
  }
  return python
}

async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, UNGROUNDED_PHRASES: JSON.stringify([...ungroundedPhrases]) }
  const child = spawn(program, args, { stdio: 'inherit', env })
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
  process.exitCode = await checkExports(folder, run).catch((error: unknown) => {
    process.stderr.write(`check:exports: ${errorMessage(error)}\n`)
    return 1
  })
}
