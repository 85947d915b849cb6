import { Command, Option } from 'commander'
import { gateRulesSchema } from '../../schemas/gate.js'
import { heldOutSplits } from '../../schemas/image.js'
import { collect, listOf, wholeNumber } from './arguments.js'
import { type AskedVersion, checkpointVersion } from './checkpoint-arguments.js'
import type { GateFlags } from './gate-session.js'
import { addWorkerFlags } from './worker-flags.js'

const rules = `
Both versions look at images of the run that are held out: their split follows from their hash, and the feed never gives them
to training. They are held against the source's own boxes and captions where it has any (labels), else against what the run
agreed on (agreement): COCO's AP, CIDEr-D of brief captions, the share of grounded phrases. A version that is worse in one of
them by more than the rules let pass does not become current. What was found is kept with the version, and what was found last
counts.

Rules (--set gate.<key>=<value>): ${Object.keys(gateRulesSchema.shape).join(', ')}

Exit code 1 where it does not pass.

Examples:
  fld checkpoint gate base@2 --run starter-1a2b3c4d --out ./dataset
  fld checkpoint gate base@2 --run starter-1a2b3c4d --truth instances_val2017.json
  fld checkpoint gate base@2 --run starter-1a2b3c4d --limit 200 --set gate.captions=0.2 --json`

/** `fld checkpoint gate`. */
export function gateCommand(): Command {
  const gate = new Command('gate')
    .description('hold a version against the current one, on images that are held out of training')
    .argument('<name@version>', 'base@2', checkpointVersion)
    .requiredOption('--run <run>', 'whose images they look at')
    .option('--against <version>', 'instead of the current one', wholeNumber({ min: 1, max: 1_000_000 }))
    .option('--limit <n>', 'images at most', wholeNumber({ min: 1, max: 1_000_000 }), 500)
    .addOption(
      new Option('--splits <names>', 'splits of these images, with commas')
        .argParser(listOf(heldOutSplits))
        .default(heldOutSplits, heldOutSplits.join()),
    )
    .option(
      '--truth <coco.json>',
      'boxes from a COCO file, images found by file name, instead of the labels of the source',
    )
    .addOption(
      new Option('--set <key=value>', 'gate.<key>=<value> or decoding.<key>=<value>; may be given several times')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--json', 'print the record as JSON')
  return addWorkerFlags(gate)
    .addHelpText('after', rules)
    .action(async (asked: AskedVersion, flags: GateFlags) => {
      const { gateSession } = await import('./gate-session.js')
      process.exitCode = await gateSession(asked, flags)
    })
}
