import { Command } from 'commander'
import { clientCommand, serveCommand } from './feed-serve.js'
import { statsCommand } from './feed-stats.js'

const examples = `
Examples:
  fld feed stats starter-1a2b3c4d --out ./dataset
  fld feed serve starter-1a2b3c4d --out ./dataset
  fld feed client > fld_feed.py`

/** `fld feed stats|serve|client`. */
export function command(): Command {
  const feed = new Command('feed')
    .description('Makes training samples of what a run committed, and streams them.')
    .addHelpText('after', examples)
  feed.addCommand(statsCommand())
  feed.addCommand(serveCommand())
  feed.addCommand(clientCommand())
  return feed
}
