import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  type CalibrationMethod,
  type CalibrationTarget,
  calibrationMethods,
  calibrationReference,
  calibrationTargets,
  fewestCalibrationImages,
} from '../../schemas/calibration.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type Split, splits } from '../../schemas/image.js'
import { runName, wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { listenForInterrupt } from './interrupt.js'

const examples = `
Fitted are, from what the run has stored and without any model: a curve from each annotator's raw scores to what they are
worth, a weight, and the thresholds of the vote that go with them. Use labels of images that the annotators were not
trained on; on their training images they look better than they are. The run must be complete. An annotator without which
the fused boxes rank better gets the weight 0: it is not heard. What is printed of before and after is measured on the
images of the fit, and flatters; a replay of another labelled run (fld report) says what the calibration is worth.

Examples:
  fld calibrate coco-small-1a2b3c4d --out ./dataset                       the labels that the images came with
  fld calibrate coco-small-1a2b3c4d --out ./dataset --truth instances_val2017.json --name coco
  fld run coco-small --images ./photos --out ./dataset --calibration coco
  fld replay coco-small-1a2b3c4d --out ./dataset --calibration coco@1
${environmentHelp}`

interface CalibrateFlags {
  readonly truth?: string
  readonly method: CalibrationMethod
  readonly target: CalibrationTarget
  readonly precision: number
  readonly minImages: number
  readonly split?: Split
  readonly imagesOf?: RegExp
  readonly name: string
  readonly file?: string
  readonly out?: string
  readonly json?: boolean
}

/** `fld calibrate`. */
export function command(): Command {
  return new Command('calibrate')
    .description(
      'Fits how far each annotator of a run is to be believed, on labelled images, and stores it as a version.',
    )
    .argument('<run>', 'a run over labelled images')
    .option(
      '--truth <coco.json>',
      "labels from a COCO file, images found by file name (default: the source's own labels)",
    )
    .addOption(new Option('--method <name>', 'kind of curve').choices(calibrationMethods).default('beta'))
    .addOption(
      new Option('--target <name>', 'what a score stands for: hits at IoU .5, or their mean over IoUs .5 to .95')
        .choices(calibrationTargets)
        .default('quality'),
    )
    .option('--precision <p>', 'asked of the regions, where it can be had', share, 0.75)
    .addOption(new Option('--split <name>', 'only images of this split').choices(splits))
    .option(
      '--images-of <pattern>',
      "only images whose source (the whole path, uri, or file.tar#member) matches this regular expression of JavaScript anywhere: 'train2017/', '[.]png$'",
      pattern,
    )
    .option(
      '--min-images <n>',
      'labelled images that are asked for; fewer are refused',
      wholeNumber({ min: 1, max: 1_000_000_000 }),
      fewestCalibrationImages,
    )
    .option('--name <name>', 'of the calibration; each time it gets the next version', runName, 'default')
    .option('--file <json>', 'write it to this file as well')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'print the stored calibration as JSON')
    .addHelpText('after', examples)
    .action(calibrate)
}

async function calibrate(run: string, flags: CalibrateFlags): Promise<void> {
  const { calibrateRun } = await import('../run/calibrate-run.js')
  const { addCalibration } = await import('../run/calibration-registry.js')
  const { readPlan } = await import('../run/run-ledger.js')
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping\n'))
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  const signal = interrupt.soon
  try {
    const plan = await readPlan(store, run, { signal })
    const truth = await givenTruth(flags.truth, signal)
    const chosen = { split: flags.split, pattern: flags.imagesOf }
    const { calibration: fitted, ...figures } = await calibrateRun({ ...flags, store, plan, truth, chosen, signal })
    const calibration = await addCalibration(store, fitted, { signal })
    const text = `${JSON.stringify(calibration, null, 1)}\n`
    if (flags.file !== undefined) await writeCalibration(flags.file, text)
    const { calibrationText } = await import('./calibration-text.js')
    process.stdout.write(flags.json ? text : `${calibrationText(calibration, figures)}\n`)
    process.stderr.write(`use it: --calibration ${calibrationReference(calibration)}\n`)
  } finally {
    interrupt.release()
    await store.close()
  }
}

async function givenTruth(path: string | undefined, signal: AbortSignal) {
  if (path === undefined) return null
  const { readCocoTruth } = await import('../run/coco-truth.js')
  return { path, coco: await readCocoTruth(path, { signal }) }
}

async function writeCalibration(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new FldError('config_invalid', `--file ${file} cannot be written: ${errorMessage(cause)}`, { cause })
  }
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new InvalidArgumentError(`It must be a regular expression: ${errorMessage(cause)}.`)
  }
}
