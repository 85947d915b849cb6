import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { calibrationMethods, calibrationTargets } from '../../../schemas/calibration.js'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { type CocoTruth, readCocoTruth } from '../../../src/run/coco-truth.js'
import { openStore } from '../../../src/storage/open-store.js'
import { calibrateSet, fittedLines } from './calibrated-set.js'
import { type CocoResults, cocoResults } from './coco-results.js'
import type { LabelledSet } from './labelled-images.js'
import { readRawDetections } from './raw-detections.js'
import { readRunObservations } from './run-observations.js'

const usage = `How well the consensus decides, measured with pycocotools against COCO labels.

  npm run bench:coco-eval -- --truth instances.json --raw <folder> --models a,b,c   raw detections, <folder>/<model>.json
  npm run bench:coco-eval -- --truth instances.json --store <out> --run <run>       a finished run

  --round <n>        round of the run (0)
  --config <json>    rules that differ from the defaults or the run's, e.g. '{"region_score":0.6}'; decides again
  --calibrate <part> fit curves, weights and rules on a part of the truth (a name that its images have, or a regular
                     expression on their file names), decide again with them and measure on the other images
  --method <name>    of calibration: beta, platt or isotonic (beta)
  --target <name>    what calibrated scores stand for: quality or hit (quality)
  --precision <p>    that the fitted rules are to reach, where they can (0.75)
  --out <folder>     where the COCO result files go (a new temporary folder)
  --python <path>    a Python with pycocotools (python3)
`

const options = {
  truth: { type: 'string' },
  raw: { type: 'string' },
  models: { type: 'string' },
  store: { type: 'string' },
  run: { type: 'string' },
  round: { type: 'string', default: '0' },
  config: { type: 'string' },
  calibrate: { type: 'string' },
  method: { type: 'string', default: 'beta' },
  target: { type: 'string', default: 'quality' },
  precision: { type: 'string', default: '0.75' },
  out: { type: 'string' },
  python: { type: 'string', default: 'python3' },
  help: { type: 'boolean', default: false },
} as const
type Arguments = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

async function main(): Promise<void> {
  const args = parseArgs({ options }).values
  if (args.help || args.truth === undefined) {
    process.stdout.write(usage)
    process.exitCode = args.help ? 0 : 2
    return
  }
  const truth = await readCocoTruth(args.truth)
  const set = calibrated(args, await readSet(args, truth), truth)
  const folder = args.out ?? (await mkdtemp(join(tmpdir(), 'fld-coco-eval-')))
  const files = await writeResults(folder, cocoResults(set, truth))
  const fittedOn = args.calibrate === undefined ? [] : ['--fitted-on', args.calibrate]
  await evaluate(args.python, ['--truth', args.truth, ...fittedOn, ...files])
}

function calibrated(args: Arguments, set: LabelledSet, truth: CocoTruth): LabelledSet {
  if (args.calibrate === undefined) return set
  const options = {
    part: args.calibrate,
    method: z.enum(calibrationMethods).parse(args.method),
    target: z.enum(calibrationTargets).parse(args.target),
    precision: z.coerce.number().min(0).max(1).parse(args.precision),
  }
  const { set: laid, fitted } = calibrateSet(set, truth, options)
  process.stdout.write(`fitted on ${args.calibrate}:\n${fittedLines(fitted)}\n`)
  // Rules that were asked for stand above those that were fitted.
  const config = consensusConfigSchema.parse({ ...laid.config, ...changes(args) })
  return { ...laid, config }
}

function changes(args: Arguments): object {
  return args.config === undefined ? {} : JSON.parse(args.config)
}

async function readSet(args: Arguments, truth: CocoTruth): Promise<LabelledSet> {
  if (args.raw !== undefined && args.models !== undefined) {
    return readRawDetections(args.raw, args.models.split(','), truth, consensusConfigSchema.parse(changes(args)))
  }
  if (args.store === undefined || args.run === undefined) {
    throw new FldError('config_invalid', 'give --raw with --models, or --store with --run')
  }
  const store = await openStore(args.store)
  try {
    const set = await readRunObservations(store, { run: args.run, round: Number(args.round) }, truth)
    if (args.config === undefined) return set
    const config = consensusConfigSchema.parse({ ...set.config, ...changes(args) })
    return { ...set, config, images: set.images.map((image) => ({ ...image, committed: null })) }
  } finally {
    await store.close()
  }
}

async function writeResults(folder: string, results: CocoResults): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const write = async (name: string, content: readonly unknown[]): Promise<string> => {
    const path = join(folder, `${name}.json`)
    await writeFile(path, JSON.stringify(content))
    return path
  }
  const files: string[] = []
  for (const [name, detections] of results.detectors) {
    files.push('--ranked', `${name}=${await write(`detector-${name}`, detections)}`)
  }
  files.push('--ranked', `fused candidates=${await write('candidates', results.candidates)}`)
  files.push('--decided', `committed regions=${await write('committed', results.committed)}`)
  return files
}

async function evaluate(python: string, args: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL('evaluate.py', import.meta.url))
  const child = spawn(python, [script, ...args], { stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new FldError('config_invalid', `There is no Python at "${python}": name one with pycocotools by --python.`, {
          cause,
        }),
      ),
    )
    child.once('close', resolve)
  })
  process.exitCode = code ?? 1
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
})
