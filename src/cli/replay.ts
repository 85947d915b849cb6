import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { collect, runName, wholeNumber } from './arguments.js'
import { calibrationHelp } from './calibration-file.js'
import { environmentHelp } from './environment.js'
import type { ReplayFlags } from './replay-session.js'

const examples = `
What is decided again, and what is not:
  Every annotator's stored observations go through the rules once more, and a new run of the same images is committed.
  What was said about a region follows it where the new rules move its box a little (consensus.moved_region_iou). What was
  said about a region or a text that they no longer agree on cannot be used: it becomes a reject (region_not_agreed,
  text_not_agreed). So does a caption that was composed of regions (starter/template-caption) with one that they no longer
  agree on, or only under a wider name. What only they agree on has no crop captions, masks or grounded phrases, and is in no
  composed caption: fld run with the same settings asks the models for those.
  Nothing changed gives the same rows, byte for byte.

Examples:
  fld replay coco-small-1a2b3c4d --out ./dataset --set consensus.min_votes=3
  fld replay coco-small-1a2b3c4d --out s3://datasets/mine --set consensus.label_rules.person.solo_score=0.7 --as people-alone
  fld diff coco-small-1a2b3c4d people-alone --out s3://datasets/mine
  REDIS_URL=redis://queue:6379 fld replay coco-small-1a2b3c4d --out s3://datasets/mine --workers 0   (fld worker elsewhere)

The same command again goes on where it stopped.
${environmentHelp}`

/** `fld replay`. */
export function command(): Command {
  return new Command('replay')
    .description(
      'Decides a run again from its stored observations, by other rules and without any model, as a new run.',
    )
    .argument('<run>', 'the run whose observations are decided again; it may be a replay itself')
    .addOption(
      new Option('--set <key=value>', 'consensus.<key>=<value>: a rule to change; may be given several times')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--calibration <name>', calibrationHelp)
    .option('--as <name>', 'name of the new run (default: <run>-replay-<digest>)', runName)
    .option('--round <n>', 'round of the run that is decided again', wholeNumber({ min: 0, max: 1_000_000 }), 0)
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option(
      '--workers <n>',
      'threads that decide, or with REDIS_URL worker processes, of this machine; 0 with workers elsewhere',
      wholeNumber({ min: 0, max: 64 }),
      Math.min(64, availableParallelism()),
    )
    .option('--window <n>', 'with REDIS_URL: shards in flight at most', wholeNumber({ min: 1, max: 10_000 }), 16)
    .option('--json', 'print the closing summary as JSON')
    .addHelpText('after', examples)
    .action(async (run: string, flags: ReplayFlags) => {
      const { replaySession } = await import('./replay-session.js')
      process.exitCode = await replaySession(run, flags)
    })
}
