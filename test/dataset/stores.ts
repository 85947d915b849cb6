import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'

/** A store of its own for a test file, and what takes it away again. */
export interface TestStore {
  readonly store: ObjectStore
  readonly remove: () => Promise<void>
}

/** An empty folder as a store. */
export async function openFolderStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-store-'))
  const store = await openStore(folder)
  return {
    store,
    remove: async () => {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A new bucket of the test run's S3 server as a store; it goes away with the server. */
export async function openBucketStore(): Promise<TestStore> {
  const connection = await s3Connection()
  const { endpoint, region, accessKeyId, secretAccessKey } = connection
  const s3 = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  const store = await openStore(`s3://${await createBucket(connection)}/deep/prefix`, { s3 })
  return { store, remove: () => store.close() }
}
