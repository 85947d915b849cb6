import { Command, Option } from 'commander'
import { collect, hostNames, runName } from './arguments.js'
import { calibrationHelp } from './calibration-file.js'
import { environmentHelp } from './environment.js'
import type { RunFlags } from './run-session.js'
import { addQueueFlags } from './worker-flags.js'

const examples = `
Sources (--images):
  a folder; s3://bucket/prefix; a list (.txt); a manifest (.jsonl, .csv, .tsv) with path or uri, and labels if there
  are any; a COCO annotation file (.json); WebDataset tars (part-{000..099}.tar)

Examples:
  fld run starter --images ./photos --out ./dataset
  fld run coco-small --images ./photos --out s3://datasets/mine --set consensus.min_votes=2 --set shard_size=64
  fld run ./mine.yaml --images instances_val2017.json --image-folder ./val2017 --out ./dataset --detach

The same command again goes on where it stopped.
${environmentHelp}`

/** `fld run`. */
export function command(): Command {
  const run = new Command('run')
    .description('Annotates images with a pipeline: packs them, runs the annotators, decides, commits Parquet tables.')
    .argument('<pipeline>', 'a name (starter, coco-small, fld5b) or a YAML file of your own')
    .requiredOption('--images <source>', 'where the images are')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addOption(
      new Option('--set <key=value>', 'lay a setting over the pipeline; may be given several times')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--run-id <name>', 'name of the run (default: made of the pipeline and what it decides)', runName)
    .option('--image-folder <folder>', 'where the images of a COCO annotation file are')
    .addOption(
      new Option(
        '--allow-hosts <names>',
        'hosts that lists and manifests may name images of, with commas; *.host for all below',
      )
        .argParser(hostNames)
        .default([], 'none: nothing is fetched from the web'),
    )
    .option('--allow-private-addresses', 'let those hosts be of this machine or of a private network')
    .option('--calibration <name>', calibrationHelp)
    .option('--detach', 'go on in the background and return')
  return addQueueFlags(run)
    .addHelpText('after', examples)
    .action(async (pipeline: string, flags: RunFlags) => {
      const { runSession } = await import('./run-session.js')
      process.exitCode = await runSession(pipeline, flags)
    })
}
