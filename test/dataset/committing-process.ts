import { shardName } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { openStore } from '../../src/storage/open-store.js'
import { attemptBy } from './shard-attempts.js'

/** A process that commits shards 0, 1, 2, ... of a run and says so before each; the test that started it kills it. */
const [folder, run, writer, shards] = process.argv.slice(2)
if (!folder || !run || !writer || !shards || !process.send) throw new Error('started by commit-killed.test.ts only')
const store = await openStore(folder)
for (let index = 0; index < Number(shards); index++) {
  process.send(index)
  await commitShard(store, attemptBy(writer, run, shardName(index)))
}
await store.close()
process.disconnect()
