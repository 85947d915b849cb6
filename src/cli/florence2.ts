import { Command, Option } from 'commander'
import { anyNumber, earlyStopping, imageSize, wholeNumber } from './arguments.js'
import { environmentHelp } from './environment.js'
import type { GenerateFlags } from './florence2-generate.js'
import type { ParseFlags, PromptFlags, SizeFlags } from './florence2-text.js'
import { addWorkerFlags } from './worker-flags.js'

const examples = `
<checkpoint> is a folder with config.json, tokenizer.json, preprocessor_config.json and onnx/ as repositories for
Transformers.js have it, pack/entry (see fld models list), or <name>[@version] of a store's checkpoints (--out).
A task is written OD or '<OD>'; parse reads the answer to a marker that is none of them as plain text. A region is x1,y1,x2,y2 in pixels, or four location tokens.

Examples:
  fld florence2 generate ./florence2 --task OD CAPTION --images cat.jpg --json
  fld florence2 generate ./florence2 --task all --beams 3 --images ./photos --json > answers.jsonl
  fld florence2 generate base@2 --out ./dataset --task CAPTION_TO_PHRASE_GROUNDING --input "a cat on a sofa" --images cat.jpg
  fld florence2 generate ./florence2 --task REGION_TO_CATEGORY --input 10,20,200,180 --images cat.jpg
  fld florence2 parse --task OD --size 640x480 --text '</s><s>cat<loc_15><loc_41><loc_312><loc_374></s>'
  fld florence2 quantise --size 640x480 10,20,200,180
  fld florence2 dequantise --size 640x480 '<loc_15><loc_41><loc_312><loc_374>'
  fld florence2 prompt --task OD

Exit code 3 of generate when an image could not be answered; its line says why.
${environmentHelp}`

/** `fld florence2 generate|parse|prompt|quantise|dequantise`. */
export function command(): Command {
  const florence2 = new Command('florence2')
    .description("Asks a Florence-2 checkpoint about pictures; reads and writes the model's text format.")
    .addHelpText('after', examples)
  florence2.addCommand(generateCommand())
  florence2.addCommand(parseCommand())
  florence2.addCommand(promptCommand())
  florence2.addCommand(quantiseCommand())
  florence2.addCommand(dequantiseCommand())
  return florence2
}

function generateCommand(): Command {
  const generate = new Command('generate')
    .description('asks a checkpoint about pictures, and prints what it answers')
    .argument('<checkpoint>', 'a folder, pack/entry, or <name>[@version] of a store')
    .requiredOption('--task <tasks...>', 'one task or several; all: every task that goes with --input, or with none')
    .option('--input <text>', 'the text or the region of tasks that take one')
    .requiredOption('--images <files...>', 'image files or folders')
    .option('--json', 'a JSON line per image and task')
    .option('--batch <n>', 'images asked about at once', wholeNumber({ min: 1, max: 256 }), 8)
    .option(
      '--dtype <dtype>',
      'fp32, fp16, q8, int8, uint8, q4, q4f16, bnb4, or some by graph: vision_encoder=fp16,...',
    )
    .addOption(new Option('--provider <provider>', 'what computes the model').choices(['cpu', 'cuda']))
    .option('--out <store>', 'store of checkpoints: folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
  return addWorkerFlags(addDecodingFlags(generate)).action(async (checkpoint: string, flags: GenerateFlags) => {
    const { generateAnswers } = await import('./florence2-generate.js')
    process.exitCode = await generateAnswers(checkpoint, flags)
  })
}

/** What is not given is as the checkpoint's generation_config.json has it. */
function addDecodingFlags(generate: Command): Command {
  return generate
    .option('--beams <n>', 'hypotheses of beam search; 1 is greedy', wholeNumber({ min: 1, max: 64 }))
    .option('--max-new-tokens <n>', 'most tokens of an answer', wholeNumber({ min: 1, max: 1023 }))
    .option('--min-new-tokens <n>', 'no answer ends before', wholeNumber({ min: 0, max: 1023 }))
    .addOption(noRepeatOption())
    .option('--length-penalty <x>', 'exponent of the length that scores of beams are divided by', anyNumber)
    .option('--early-stopping <when>', 'true, false or never: when beam search has enough', earlyStopping)
}

/** For commander what begins with --no- takes something back. */
function noRepeatOption(): Option {
  const option = new Option('--no-repeat-ngram-size <n>', 'no n tokens come twice; 0: any may')
  option.negate = false
  return option.argParser(wholeNumber({ min: 0, max: 1024 }))
}

function parseCommand(): Command {
  return new Command('parse')
    .description('prints what a generated text says, as the reference implementation returns it')
    .requiredOption('--task <task>', 'the task that was asked')
    .option('--size <size>', 'width x height of the image in pixels: 640x480', imageSize)
    .requiredOption('--text <text>', 'the text with its special tokens; - reads all of standard input')
    .option('--json', 'as JSON, which it always is')
    .action(async (flags: ParseFlags) => (await import('./florence2-text.js')).printParsed(flags))
}

function promptCommand(): Command {
  return new Command('prompt')
    .description('prints the prompt of a task')
    .requiredOption('--task <task>', 'the task')
    .option('--input <text>', 'the text or the region of tasks that take one')
    .option('--size <size>', 'width x height of the image, for a region in pixels: 640x480', imageSize)
    .option('--json', 'as JSON')
    .action(async (flags: PromptFlags) => (await import('./florence2-text.js')).printPrompt(flags))
}

function quantiseCommand(): Command {
  return new Command('quantise')
    .alias('quantize')
    .description('pixels to bins and location tokens')
    .argument('<pixels...>', 'x,y,x,y,... each: a box, a quad or any points; after -- where it begins with a minus')
    .requiredOption('--size <size>', 'width x height of the image in pixels: 640x480', imageSize)
    .option('--json', 'a JSON line per argument')
    .action(async (lists: string[], flags: SizeFlags) =>
      (await import('./florence2-text.js')).printQuantised(lists, flags),
    )
}

function dequantiseCommand(): Command {
  return new Command('dequantise')
    .alias('dequantize')
    .description('bins or location tokens to pixels')
    .argument('<locations...>', "'<loc_10><loc_20>...' or 10,20,... each")
    .requiredOption('--size <size>', 'width x height of the image in pixels: 640x480', imageSize)
    .option('--json', 'a JSON line per argument')
    .action(async (lists: string[], flags: SizeFlags) =>
      (await import('./florence2-text.js')).printDequantised(lists, flags),
    )
}
