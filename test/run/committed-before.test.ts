import { afterAll, beforeAll, expect, test } from 'vitest'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { CommittedBefore } from '../../src/run/committed-before.js'
import { openFailures } from '../../src/run/open-failures.js'
import { recordFailure } from '../../src/run/run-ledger.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openFolderStore, type TestStore } from '../dataset/stores.js'

let opened: TestStore
let store: ObjectStore
beforeAll(async () => {
  opened = await openFolderStore()
  store = opened.store
})
afterAll(() => opened.remove())

const place = (run: string) => ({ run, round: 0 })
const commit = (run: string, index: number) =>
  store.put(storeLayout.commit(run, 0, shardName(index)), new Uint8Array(2))

async function askedOf(run: string, indexes: readonly number[]): Promise<boolean[]> {
  const committed = new CommittedBefore(store, place(run), {})
  const answers: boolean[] = []
  for (const index of indexes) answers.push(await committed.has(shardName(index)))
  await committed.close()
  return answers
}

test('tells committed shards from others, whichever of the two streams has the gaps', async () => {
  for (const index of [0, 2, 3, 9]) await commit('gaps', index)
  const all = Array.from({ length: 12 }, (_, index) => index)
  expect(await askedOf('gaps', all)).toEqual(all.map((index) => [0, 2, 3, 9].includes(index)))
  expect(await askedOf('gaps', [1, 3, 8])).toEqual([false, true, false])
  expect(await askedOf('nothing', [0, 5])).toEqual([false, false])
})

test('tells them too when they are asked for out of order, or twice', async () => {
  for (const index of [1, 4]) await commit('mixed', index)
  expect(await askedOf('mixed', [4, 1, 4, 0, 5, 1])).toEqual([true, true, true, false, false, true])
})

test('the failures of a round are those of shards that are not committed since', async () => {
  const failed_at = new Date(0).toISOString()
  for (const index of [0, 1, 5, 7]) {
    const failure = { stage: 'shard', annotator: null, code: 'internal', message: `no ${index}`, failed_at }
    await recordFailure(store, { ...place('failed'), shard: shardName(index), ...failure })
  }
  for (const index of [1, 2, 7]) await commit('failed', index)
  const open: string[] = []
  for await (const { shard, message } of openFailures(store, place('failed'))) open.push(`${shard} ${message}`)
  expect(open).toEqual(['000000 no 0', '000005 no 5'])
})
