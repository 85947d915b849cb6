import { Command } from 'commander'
import type { AddFlags } from './checkpoint-add.js'
import { type AskedVersion, checkpointVersion, snapshotName } from './checkpoint-arguments.js'
import { gateCommand } from './checkpoint-gate.js'
import type { StoreFlags } from './checkpoint-list.js'
import { environmentHelp } from './environment.js'

const storeOption = ['--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)'] as const

const examples = `
A checkpoint is Florence-2 weights in a store: a name with versions 1, 2, 3..., of which one may be current. A pipeline
uses it as checkpoint/<name> (each shard takes the version that is current when it begins) or checkpoint/<name>@<version>.

Examples:
  fld checkpoint add ./florence2-onnx --name base --out ./dataset --licence MIT --promote
  fld checkpoint add hf:onnx-community/Florence-2-base-ft:fp16 --name base --out s3://datasets/mine
  fld checkpoint add ./trained --name base --from-snapshot starter-1a2b3c4d:0 --out s3://datasets/mine
  fld checkpoint add s3://weights/florence2/7 --name base --dtype vision_encoder=fp16,decoder_model_merged=q4
  fld checkpoint list --out ./dataset
  fld checkpoint show base@2 --json
  fld checkpoint gate base@2 --run starter-1a2b3c4d
  fld checkpoint promote base@2
  fld checkpoint rollback base
${environmentHelp}`

const sources = `
<source> is one of
  a folder                             with config.json, tokenizer.json, tokenizer_config.json, preprocessor_config.json and
                                       onnx/{vision_encoder,embed_tokens,encoder_model,decoder_model_merged}.onnx
                                       (of any dtype), as repositories for Transformers.js have it
  hf:owner/repo[@revision][:dtype]     such a repository of the hub; pulled into the cache first, fp32 without a dtype
  s3://bucket/prefix                   such a folder in a bucket

What no runtime reads is left behind. The same files are not added twice under one name. An addition that was stopped
leaves nothing that is seen, and is taken up where it was by the next one.`

/** `fld checkpoint add|list|show|gate|promote|rollback`. */
export function command(): Command {
  const checkpoint = new Command('checkpoint')
    .description('Adds Florence-2 checkpoints to a store, lists them, and says which one annotates.')
    .addHelpText('after', examples)
  checkpoint.addCommand(addCommand())
  checkpoint
    .command('list')
    .description('checkpoints and their versions, * marks the current one')
    .argument('[name]', 'of one checkpoint')
    .option(...storeOption)
    .option('--json', 'one JSON object a version and line')
    .action(async (name: string | undefined, flags: StoreFlags) => (await load()).printCheckpoints(name, flags))
  checkpoint
    .command('show')
    .description('a version: its files, where it came from, and how current has moved')
    .argument('<name[@version]>', 'without a version the current one', checkpointVersion)
    .option(...storeOption)
    .option('--json', 'as JSON')
    .action(async (asked: AskedVersion, flags: StoreFlags) => (await load()).printCheckpoint(asked, flags))
  checkpoint
    .command('promote')
    .description('make a version current, if it passed the gate: shards that begin from now on use it')
    .argument('<name@version>', 'base@2', checkpointVersion)
    .option('--force <reason>', 'past the gate; the reason is kept')
    .option(...storeOption)
    .action(async (asked: AskedVersion, flags: StoreFlags & { force?: string }) => (await load()).promote(asked, flags))
  checkpoint.addCommand(gateCommand())
  checkpoint
    .command('rollback')
    .description('go back to the version that was current before')
    .argument('<name>', 'of the checkpoint')
    .option(...storeOption)
    .action(async (name: string, flags: StoreFlags) => (await load()).rollback(name, flags))
  return checkpoint
}

function addCommand(): Command {
  return new Command('add')
    .description('upload a checkpoint as the next version of a name')
    .argument('<source>', 'folder, hf:owner/repo[@revision][:dtype] or s3://bucket/prefix')
    .requiredOption('--name <name>', 'of the checkpoint: lower-case letters, digits and dashes')
    .option(...storeOption)
    .option('--from-snapshot <run[:round]>', 'the snapshot of the store that it was trained on', snapshotName)
    .option('--licence <licence>', 'of the weights', 'unknown')
    .option('--dtype <dtype>', 'keep one dtype of each graph: fp16, or some by graph: vision_encoder=fp16,...')
    .option('--promote', 'make it current at once: the first version of a name; later ones have to pass the gate')
    .option('--json', 'print the record as JSON')
    .addHelpText('after', sources)
    .action(async (source: string, flags: AddFlags) => {
      const { addFrom } = await import('./checkpoint-add.js')
      await addFrom(source, flags)
    })
}

function load() {
  return import('./checkpoint-list.js')
}
