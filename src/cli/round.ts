import { Command, Option } from 'commander'
import { reannotationTasks } from '../../pipelines/reannotation.js'
import { mergeRulesSchema } from '../../schemas/round.js'
import { collect, listOf, wholeNumber } from './arguments.js'
import { checkpointVersion } from './checkpoint-arguments.js'
import { environmentHelp } from './environment.js'
import type { RoundFlags } from './round-session.js'
import { addQueueFlags } from './worker-flags.js'

const tasks = Object.values(reannotationTasks).flat()

const examples = `
A round goes over all images of a run once more: the checkpoint says what it sees, and that is merged with the snapshot of the
round before. What both say is confirmed, and counts as no further vote: the checkpoint may have learned it. What stood on
little and the checkpoint does not see goes; what it alone sees needs a specialist that saw the same, with however low a score.
Texts, descriptions and masks that were missing are filled in. Everything that goes or is not taken is a reject with its reason.
Earlier rounds stay as they are.

Rules (--set round.<key>=<value>): ${Object.keys(mergeRulesSchema.shape).join(', ')}

Decoding (--set decoding.<key>=<value>): beams, max_new_tokens and the other options of the florence2 annotator

Examples:
  fld checkpoint add ./trained --name base --out ./dataset --promote
  fld round starter-1a2b3c4d --checkpoint base --out ./dataset
  fld diff starter-1a2b3c4d:0 starter-1a2b3c4d:1 --out ./dataset
  fld round starter-1a2b3c4d --checkpoint base@3 --out s3://datasets/mine --set round.weak_score=0.5

The same command again goes on where it stopped.
${environmentHelp}`

/** `fld round`. */
export function command(): Command {
  const round = new Command('round')
    .description('Lets a Florence-2 checkpoint annotate a run again, and merges what it says with the round before.')
    .argument('<run>', 'the run; its last round is closed')
    .requiredOption(
      '--checkpoint <name[@version]>',
      'of the store; without a version the current one',
      checkpointVersion,
    )
    .option(
      '--round <n>',
      'the round (default: the one that is open, or the next; the last one where this very checkpoint closed it)',
      wholeNumber({ min: 1, max: 1_000_000 }),
    )
    .addOption(
      new Option('--tasks <names>', 'what the checkpoint is asked, with commas')
        .argParser(listOf(tasks))
        .default(tasks, 'all'),
    )
    .addOption(
      new Option(
        '--set <key=value>',
        'round.<key>=<value>: a rule of the merge, decoding.<key>=<value>: an option of the checkpoint; may be given several times',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
  return addQueueFlags(round)
    .addHelpText('after', examples)
    .action(async (run: string, flags: RoundFlags) => {
      const { roundSession } = await import('./round-session.js')
      process.exitCode = await roundSession(run, flags)
    })
}
