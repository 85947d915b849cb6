import { openStore } from '../../src/storage/open-store.js'
import { ingestAll } from './ingest-fixture.js'

/** A process that ingests `<source> <out>` in shards of 4 and kills itself, without warning, at `<accepted>` images. */
const [source = '', out = '', killAt = ''] = process.argv.slice(2)
await ingestAll(source, await openStore(out), {
  set: 'killed',
  settings: { shard_size: 4 },
  onProgress: ({ accepted }) => {
    if (accepted === Number(killAt)) process.kill(process.pid, 'SIGKILL')
  },
})
