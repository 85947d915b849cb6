import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJson } from '../../src/dataset/json-record.js'
import { retiredRules } from '../../src/run/replay-retired-rules.js'
import { openStore } from '../../src/storage/open-store.js'

test('names the rules of a plan that this version has not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fld-rules-'))
  const store = await openStore(folder)
  const consensus = { min_votes: 2, zeal: 0.5, bygone: { a: 1 } }
  await putJson(store, storeLayout.runPlan('old'), { run: 'old', pipeline: { consensus } })
  await putJson(store, storeLayout.runPlan('bare'), { run: 'bare', pipeline: {} })
  expect(await retiredRules(store, 'old')).toEqual([
    { key: 'bygone', value: { a: 1 } },
    { key: 'zeal', value: 0.5 },
  ])
  expect(await retiredRules(store, 'bare')).toEqual([])
  await expect(retiredRules(store, 'none')).rejects.toMatchObject({ code: 'store_missing' })
  await store.close()
  await rm(folder, { recursive: true })
})
