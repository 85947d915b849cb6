import { Command } from 'commander'
import { currentRound } from '../dataset/current-round.js'
import { type FeedServer, openFeed, pythonClient, serveFeed } from '../feed/index.js'
import { namedRun } from '../run/run-ledger.js'
import { wholeNumber } from './arguments.js'
import { absoluteLocation, environmentHelp, readEnvironment } from './environment.js'
import { addFeedFlags, type FeedFlags } from './feed-options.js'
import { type Interrupt, listenForInterrupt } from './interrupt.js'
import { countedFeedOptions } from './token-counter.js'

const examples = `
A reader asks for GET /feed?rank=0&world=2 and gets samples as fast as it takes them; each sample has a cursor, and a
reader that names it goes on after that sample: none twice, none missing, in the same order. GET /info says what is served.
There is no password: whoever reaches the port can read the images. Ctrl-C or SIGTERM ends the streams after the record
under way; a client finds the server again when it is back, with the same snapshot and the same options.

Examples:
  fld feed serve starter-1a2b3c4d --out ./dataset
  fld feed serve --out s3://datasets/mine --host 0.0.0.0 --port 9000 --seed 7 --window 8 \\
      --tasks OD=2,REGION_PROPOSAL=0 --granularities brief=0.5
  fld feed client > fld_feed.py       for Python: see its first lines
  curl -s 'http://127.0.0.1:8717/feed?images=0' | head -3
${environmentHelp}`

/** What clients that do not read have, in ms, before they are cut off. */
const stopGrace = 5_000

interface ServeFlags extends FeedFlags {
  readonly seed: number
  readonly out?: string
  readonly round?: number
  readonly host: string
  readonly port: number
  readonly window: number
  readonly keep: number
  readonly imageMb: number
}

/** `fld feed serve`. */
export function serveCommand(): Command {
  const serving = new Command('serve')
    .description('Streams training samples over HTTP, to any number of ranks, from any place in an epoch.')
    .argument('[run]', 'the run; the one begun last when left out')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--round <n>', 'round of the run (default: the one it stands at)', wholeNumber({ min: 0, max: 1_000_000 }))
    .option(
      '--seed <n>',
      'of the order, and of which epochs a fraction is in',
      wholeNumber({ min: 0, max: 2 ** 32 - 1 }),
      0,
    )
    .option('--host <host>', 'address to listen at', '127.0.0.1')
    .option('--port <port>', 'port to listen at; 0: any that is free', wholeNumber({ min: 0, max: 65_535 }), 8717)
    .option('--window <shards>', 'shards that are shuffled together', wholeNumber({ min: 1, max: 1_000 }), 4)
    .option('--keep <windows>', 'windows in memory: 3 serve ranks side by side', wholeNumber({ min: 2, max: 1_000 }), 4)
    .option('--image-mb <MB>', 'memory for images of those windows', wholeNumber({ min: 0, max: 1_000_000 }), 512)
  return addFeedFlags(serving).addHelpText('after', examples).action(serve)
}

/** `fld feed client`. */
export function clientCommand(): Command {
  return new Command('client')
    .description('Prints the Python client: one file, standard library; a torch IterableDataset where torch is there.')
    .addHelpText('after', '\nExample:\n  fld feed client > fld_feed.py')
    .action(async () => {
      process.stdout.write(await pythonClient())
    })
}

async function serve(asked: string | undefined, flags: ServeFlags): Promise<void> {
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; Ctrl-C again stops at once\n'))
  const loads = new AbortController()
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const run = await namedRun(store, asked, { signal: interrupt.soon })
    const { window: windowShards, keep: keptWindows, imageMb } = flags
    const round = flags.round ?? (await currentRound(store, run, { signal: interrupt.soon }))
    const counted = await countedFeedOptions(flags)
    const options = { ...counted.options, seed: flags.seed }
    const settings = { run, round, ...counted, options, windowShards, keptWindows, imageBytes: imageMb * 1_000_000 }
    const feed = await openFeed(store, settings, { signal: loads.signal })
    const log = (line: string) => void process.stderr.write(`${line}\n`)
    const server = await serveFeed(feed, { host: flags.host, port: flags.port, log })
    log(`serving ${run}, round ${round} at ${server.url}; Ctrl-C to stop`)
    await untilStopped(server, interrupt)
  } finally {
    loads.abort()
    interrupt.release()
    await store.close()
  }
}

async function untilStopped(server: FeedServer, { soon }: Interrupt): Promise<void> {
  if (!soon.aborted) {
    await new Promise<void>((resolve) => soon.addEventListener('abort', () => resolve(), { once: true }))
  }
  await server.stop({ grace: stopGrace })
}
