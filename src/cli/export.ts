import { Command, Option } from 'commander'
import { exportFormatNames } from '../../schemas/feed.js'
import { wholeNumber } from './arguments.js'
import { environmentHelp } from './environment.js'
import type { ExportFlags } from './export-session.js'
import { addFeedFlags } from './feed-options.js'

const examples = `
Formats:
  florence2-jsonl   {train,valid,test}/annotations.jsonl: image, prefix, suffix (maestro and others), images beside it
  webdataset        <split>-<shard>.tar: an image, a JSON of its samples and its best brief text under one key
  hf                data/<split>-<shard>.parquet for datasets.load_dataset(<folder>)
  coco              annotations/instances_<split>.json, captions_<split>.json (brief texts), captions_detailed_<split>.json,
                    images in <split>/
  odvg              <split>/{detection,grounding}.odvg.jsonl and label_map.json, for GroundingDINO's open trainers
  litdata-index     <split>/index.json and chunk-0-<n>.bin for LitData's StreamingDataset, an item for each image
Every export has a card, README.md, with how it is read and what the run amounts to. A sample is in an export once; its weight
stands beside it. coco and odvg hold rows and no samples: options of samples are refused there.

What was exported and is still there is not written again: a call that was stopped is gone on with by the same call, and
files that were lost or cut since are mended by it.

Examples:
  fld export starter-1a2b3c4d --format hf --to ./hf --out ./dataset
  fld export starter-1a2b3c4d --format coco --to s3://exports/mine --splits train,validation,test --no-images
  fld export starter-1a2b3c4d --format florence2-jsonl --to ./ft --tasks OD,CAPTION --tokenizer ./florence2-onnx
${environmentHelp}`

/** `fld export`. */
export function command(): Command {
  const exporting = new Command('export')
    .description('Writes a snapshot for other tools: training samples, detections, captions, with their images.')
    .argument('[run]', 'the run; the one begun last when left out')
    .addOption(new Option('--format <format>', 'of what is written').choices(exportFormatNames).makeOptionMandatory())
    .requiredOption('--to <place>', 'folder or s3://bucket/prefix that is empty or not there yet: one for each export')
    .option('--no-images', 'leave the images out')
    .option('--round <n>', 'round of the run (default: the one it stands at)', wholeNumber({ min: 0, max: 1_000_000 }))
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'print what was written as JSON')
  return addFeedFlags(exporting)
    .addHelpText('after', examples)
    .action(async (run: string | undefined, flags: ExportFlags) => {
      const { exportSession } = await import('./export-session.js')
      process.exitCode = await exportSession(run, flags)
    })
}
