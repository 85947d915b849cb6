import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { exportFormatNames, feedOptionsSchema, type Sample } from '../../schemas/feed.js'
import { parseAnswer } from '../../schemas/florence2/parse.js'
import { ungroundedPhrases } from '../../schemas/florence2/ungrounded-phrases.js'
import type { ImageRecord } from '../../schemas/image.js'
import { currentRound } from '../../src/dataset/current-round.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { exportFormats, exportSnapshot } from '../../src/feed/index.js'
import { shardSamples } from '../../src/feed/shard-samples.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { pythonWith, runPython } from '../python-environment.js'
import { referenceAnswer } from './reference-answer.js'

const usage = `npm run check:exports -- <store folder> <run>

Exports a run in every format and opens each export with its real consumer: Hugging Face's Florence-2
processor, datasets, pycocotools, and webdataset and litdata where they are installed (else by their layout).
Needs Python 3.10 or newer with venv; the first call installs the packages into .fld/check-exports. FLD_PYTHON
names a Python that has them already.`

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url))
const consumers = fileURLToPath(new URL('./check.py', import.meta.url))
const environment = fileURLToPath(new URL('../../.fld/check-exports', import.meta.url))

const options = feedOptionsSchema.parse({ splits: ['train', 'validation', 'test'] })

async function checkExports(folder: string, run: string): Promise<number> {
  const python = process.env.FLD_PYTHON ?? (await pythonWith(requirements, environment))
  const work = await mkdtemp(join(tmpdir(), 'fld-check-exports-'))
  const store = await openStore(folder)
  try {
    const round = await currentRound(store, run)
    const expected = join(work, 'expected.jsonl')
    await pipeline(sampleLines(store, { run, round }), createWriteStream(expected))
    for (const name of exportFormatNames) {
      const layout = exportFormats[name]
      const target = await openStore(join(work, name))
      await exportSnapshot({
        ...{ store, target, run, round, options, report: async () => '', images: true, format: { name, layout } },
        ...{ signal: new AbortController().signal, onShard: () => undefined },
      })
      await target.close()
    }
    return await runPython(python, [consumers, work, expected, join(work, 'cache')], {
      UNGROUNDED_PHRASES: JSON.stringify([...ungroundedPhrases]),
    })
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
