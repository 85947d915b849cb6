import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeLayout } from '../../schemas/store-layout.js'
import { readImageSet } from '../../src/dataset/image-set.js'
import { openStore } from '../../src/storage/open-store.js'
import { contentsOf, ingestAll, writePictures } from './ingest-fixture.js'

const child = fileURLToPath(new URL('ingest-child.ts', import.meta.url))

let root: string
let photos: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fld-test-'))
  photos = join(root, 'photos')
  await writePictures(photos, 14)
  // Duplicates of images before the kill, met after it: the index of duplicates must be restored to know them.
  await copyFile(join(photos, 'even/000.jpeg'), join(photos, 'z-exact.jpeg'))
  const near = await sharp(join(photos, 'odd/001.png')).jpeg({ quality: 85 }).toBuffer()
  await writeFile(join(photos, 'z-near.jpg'), near)
  await writeFile(join(photos, 'even/bad.jpg'), 'text')
})
afterEach(() => rm(root, { recursive: true }))

/** Ingests in a process that dies by SIGKILL when it has taken that many images. */
async function killAt(accepted: number, out: string): Promise<void> {
  const running = spawn(process.execPath, ['--import', 'tsx', child, photos, out, String(accepted)], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: root },
  })
  const [, signal] = await once(running, 'exit')
  expect(signal).toBe('SIGKILL')
}

describe('an ingest killed with SIGKILL', () => {
  it.each([2, 4, 6, 11])(
    'after %d images goes on and ends with the bytes of one that ran through',
    async (accepted) => {
      const whole = await openStore(join(root, 'whole'))
      await ingestAll(photos, whole, { set: 'killed', settings: { shard_size: 4 } })

      const out = join(root, 'out')
      await killAt(accepted, out)
      const store = await openStore(out)
      expect(await readImageSet(store, 'killed')).toBeNull()
      expect(await store.head(storeLayout.imageIndex('killed', '000003'))).toBeNull()

      const { set, shards } = await ingestAll(photos, store, { set: 'killed', settings: { shard_size: 4 } })
      expect(shards.filter(({ resumed }) => resumed).length).toBe(Math.floor((accepted - 1) / 4))
      expect(set).toMatchObject({ images: 15, near_duplicates: 1, refused: { exact_duplicate: 1, not_an_image: 1 } })
      expect(await contentsOf(store)).toEqual(await contentsOf(whole))
    },
  )
})
