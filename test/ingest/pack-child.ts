import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from './ingest-fixture.js'

/** A process that packs `<source>` into `<out>` and prints the set, and the most memory that it has taken, in MB. */
const [source = '', out = ''] = process.argv.slice(2)
const { set } = await ingestAll(source, await openStore(out), { settings: { shard_size: 16 } })
process.stdout.write(JSON.stringify({ set, maxRss: process.resourceUsage().maxRSS / 1024 }))
