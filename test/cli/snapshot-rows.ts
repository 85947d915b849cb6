import { expect } from 'vitest'
import { annotationTables } from '../../schemas/annotation.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable, verifySnapshot } from '../../src/dataset/snapshot.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'

/** Every row of a complete round 0 with its table's name, as JSON and sorted; the files are checked against the manifest. */
export async function rowsOf(store: ObjectStore, run: string): Promise<string[]> {
  const manifest = await readManifest(store, run, 0)
  if (!manifest) throw new Error(`run ${run} is not complete`)
  expect(await verifySnapshot(store, manifest)).toEqual([])
  const rows: string[] = []
  for (const table of annotationTables) {
    for await (const row of readSnapshotTable(store, manifestShards(store, manifest), table)) {
      rows.push(JSON.stringify([table, row]))
    }
  }
  return rows.sort()
}

/** `rowsOf` a run in a folder. */
export async function snapshotRows(out: string, run: string): Promise<string[]> {
  const store = await openStore(out)
  try {
    return await rowsOf(store, run)
  } finally {
    await store.close()
  }
}
