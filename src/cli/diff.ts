import { Command, Option } from 'commander'
import { annotationTables } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import { listOf, wholeNumber } from './arguments.js'
import type { DiffFlags } from './diff-session.js'
import { environmentHelp } from './environment.js'

const examples = `
What counts as what:
  regions are one where their boxes overlap (IoU 0.5): first those of the same label, then relabelled ones; texts by their
  words; triplets by the words of text and phrase; rejects by what was rejected and why, whatever the limit was that they
  failed. A row may have changed in two ways.

Examples:
  fld diff coco-small-1a2b3c4d coco-small-1a2b3c4d-replay-5e6f7a8b --out ./dataset
  fld diff mine 0 1 --out s3://datasets/mine --table region_text --examples 10           two rounds of one run
  fld diff before after --out ./dataset --overlay ./look                                 draws the examples' images
  fld diff before after --out ./dataset --json | jq .tables.region_text.by.label
${environmentHelp}`

/** `fld diff`. */
export function command(): Command {
  return new Command('diff')
    .description(
      'Compares two decisions about the same images: what was added, dropped, moved, relabelled, rescored, retexted.',
    )
    .argument('<before>', 'a run, or a round of it: <run> or <run>:<round>')
    .argument(
      '<after>',
      'the run or round that it is compared with; a round alone, with another behind it, is of <before>',
    )
    .argument('[round]', 'fld diff <run> 0 1 is fld diff <run>:0 <run>:1')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .addOption(
      new Option('--table <names>', `tables to compare, with commas: ${annotationTables.join(', ')}`)
        .argParser(listOf(annotationTables))
        .default([...annotationTables], 'all'),
    )
    .option('--examples <n>', 'examples of each kind of change', wholeNumber({ min: 0, max: 10_000 }), 3)
    .option('--overlay <folder>', 'draw the images of the examples there, before and after, as PNG')
    .option('--exit-code', 'end with code 1 where anything differs')
    .option('--json', 'everything as JSON')
    .addHelpText('after', examples)
    .action(async (before: string, after: string, round: string | undefined, flags: DiffFlags) => {
      const { diffSession } = await import('./diff-session.js')
      const sides = round === undefined ? ([before, after] as const) : roundsOf(before, [after, round])
      process.exitCode = await diffSession(...sides, flags)
    })
}

function roundsOf(run: string, [before, after]: readonly [string, string]): [before: string, after: string] {
  const numbers = [before, after].every((round) => /^\d{1,7}$/.test(round))
  if (numbers && !run.includes(':')) return [`${run}:${before}`, `${run}:${after}`]
  const message = `"${run} ${before} ${after}" names no two decisions: write <run> <round> <round>, or two of <run>:<round>`
  throw new FldError('config_invalid', message)
}
