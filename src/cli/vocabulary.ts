import { Command } from 'commander'
import type { CheckFlags } from './vocabulary-check.js'
import type { ShowFlags } from './vocabulary-show.js'

const examples = `
The label table lets annotators with different vocabularies, and texts, speak of the same things: each row has a canonical
name, what is wider, and other names with the place where each was met. Vocabularies: coco80, lvis, objects365,
openimages, voc21.

Examples:
  fld vocabulary show
  fld vocabulary show sofa "wine glass" person
  fld vocabulary show mouse --vocabulary openimages
  fld vocabulary show --vocabulary lvis --json
  fld vocabulary check
  fld vocabulary check my-labels.txt
  fld vocabulary check ./my-pack.json --json`

const checkHelp = `
Without an argument the table itself is checked, and that every class of every vocabulary has a row; exit code 1 where
something is wrong. With one, its labels: [source] is
  a vocabulary           coco80, lvis, objects365, openimages, voc21
  a file                 one label a line, or a .json array of labels
  a pack                 its name, or a .json file: the vocabularies of its entries
Labels without a row are listed with the nearest names; exit code 2 where there are any. They are no error in a run: such a
label is its own canonical name, and its annotator's votes for it meet no other's.`

/** `fld vocabulary show|check`. */
export function command(): Command {
  const vocabulary = new Command('vocabulary')
    .description('Looks labels up in the label table, and checks vocabularies against it.')
    .addHelpText('after', examples)
  vocabulary
    .command('show')
    .description('rows of the label table; without a label a summary, or the classes of a vocabulary')
    .argument('[label...]', 'any name, as a detector or a person says it')
    .option('--vocabulary <name>', 'as this vocabulary means the label')
    .option('--json', 'one JSON object a row and line; the summary as one object')
    .action(async (labels: string[], flags: ShowFlags) => {
      const { printLabels } = await import('./vocabulary-show.js')
      printLabels(labels, flags)
    })
  vocabulary
    .command('check')
    .description('check the label table, or which labels of a vocabulary, a file or a pack have no row')
    .argument('[source]', 'a vocabulary, a file of labels or a pack')
    .option('--json', 'as JSON')
    .addHelpText('after', checkHelp)
    .action(async (source: string | undefined, flags: CheckFlags) => {
      const { checkTable, checkLabels } = await import('./vocabulary-check.js')
      if (source === undefined) checkTable(flags)
      else await checkLabels(source, flags)
    })
  return vocabulary
}
