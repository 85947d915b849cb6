import { afterAll, beforeAll, expect, test } from 'vitest'
import { storedTables } from '../../../infra/check-readers/stored-tables.js'
import { runPlanSchema } from '../../../schemas/run.js'
import { storeLayout } from '../../../schemas/store-layout.js'
import { commitShard } from '../../../src/dataset/commit.js'
import { writeImageIndex } from '../../../src/dataset/image-set.js'
import { putJson } from '../../../src/dataset/json-record.js'
import { closeRound } from '../../../src/dataset/manifest.js'
import { writeObservations } from '../../../src/dataset/observation-file.js'
import { attemptBy } from '../../dataset/shard-attempts.js'
import { openFolderStore, type TestStore } from '../../dataset/stores.js'

let opened: TestStore
beforeAll(async () => {
  opened = await openFolderStore()
})
afterAll(() => opened.remove())

async function tablesOf(run: string): Promise<[string, string, number][]> {
  const tables: [string, string, number][] = []
  for await (const { table, key, rows } of storedTables(opened.store, run)) tables.push([table, key, rows.length])
  return tables
}

test('all files of a run are found: images, observations, and what the manifest names', async () => {
  const { store } = opened
  const plan = runPlanSchema.parse({
    ...{ run: 'r', set: 'photos', source: '/photos', label_digest: 'labels', annotators: [], digest: 'd' },
    ...{ pipeline: { name: 'p', stages: [{ name: 's', annotators: ['pack/entry'] }] }, created_at: '', version: '0' },
  })
  await putJson(store, storeLayout.runPlan('r'), plan)
  await expect(tablesOf('r')).rejects.toMatchObject({ code: 'run_missing' })

  await writeImageIndex(store, 'photos', '000000', [])
  const labels = storeLayout.observations('photos', 'source', 'labels', '000000')
  await writeObservations(store, labels, [{ image_id: 'a', observations: [], failure: null }])
  await writeObservations(store, storeLayout.observations('photos', 'other', 'run', '000000'), [])
  await commitShard(store, attemptBy('winner', 'r'))
  await store.put(storeLayout.table('r', 0, 'text', '000000', 'loser'), new Uint8Array(9))
  await closeRound(store, { run: 'r', round: 0, set: 'photos', plan: 'd', shards: 1 })
  expect(await tablesOf('r')).toEqual([
    ['images', 'images/photos/000000.parquet', 0],
    ['observations', labels, 1],
    ['text', 'runs/r/rounds/0/text/000000-winner.parquet', 2],
    ['rejects', 'runs/r/rounds/0/rejects/000000-winner.parquet', 3],
  ])
})
