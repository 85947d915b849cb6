import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileStore } from '../../src/storage/file-store.js'
import { describeConcurrency } from './concurrency-conformance.js'
import { describeObjects, type StorePlace } from './conformance.js'
import { bytesOf, keysOf, refusedWith, text } from './store-expectations.js'

async function newFolder(): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-store-'))
  return { open: async () => new FileStore(folder), remove: () => rm(folder, { recursive: true }) }
}

describeObjects('folder', newFolder)
describeConcurrency('folder', newFolder)

describe('folder: files', () => {
  let folder: string
  let store: FileStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-store-'))
    store = new FileStore(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('makes the folder at the first write, and lists a missing one as empty', async () => {
    const later = new FileStore(join(folder, 'not/yet'))
    expect(await keysOf(later.list(''))).toEqual([])
    expect(existsSync(join(folder, 'not'))).toBe(false)
    await later.put('object', bytesOf('x'))
    expect(existsSync(join(folder, 'not/yet/object'))).toBe(true)
  })

  it('leaves neither temporary files nor empty folders', async () => {
    await store.put('a/b/c', bytesOf('x'))
    await store.putIfAbsent('a/b/d', bytesOf('x'))
    await store.putIfAbsent('a/b/d', bytesOf('y'))
    expect(await readdir(join(folder, '.fld-tmp'))).toEqual([])
    await store.delete(['a/b/c', 'a/b/d'])
    await store.close()
    expect(await readdir(folder)).toEqual([])
  })

  it('removes what a writer that died left long ago, and only that', async () => {
    await mkdir(join(folder, '.fld-tmp'))
    for (const name of ['old', 'recent']) await writeFile(join(folder, '.fld-tmp', name), 'half')
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600
    await utimes(join(folder, '.fld-tmp/old'), twoDaysAgo, twoDaysAgo)
    await store.put('object', bytesOf('x'))
    expect(await readdir(join(folder, '.fld-tmp'))).toEqual(['recent'])
    expect(await keysOf(store.list(''))).toEqual(['object'])
  })

  it('passes over the lock of a writer that died while it replaced, and waits for one that lives', async () => {
    const { etag } = await store.put('pointer', bytesOf('one'))
    const name = createHash('sha256').update('pointer').digest('hex').slice(0, 32)
    const lock = join(folder, '.fld-tmp', `${name}.lock`)
    await mkdir(lock)
    const waiting = new AbortController()
    const refused = refusedWith('aborted', store.replaceIf('pointer', bytesOf('x'), etag, { signal: waiting.signal }))
    waiting.abort()
    await refused
    expect(text(await store.get('pointer'))).toBe('one')
    const aMinuteAgo = Date.now() / 1000 - 60
    await utimes(lock, aMinuteAgo, aMinuteAgo)
    expect(await store.replaceIf('pointer', bytesOf('two'), etag)).toBe(true)
    expect(text(await store.get('pointer'))).toBe('two')
    expect(await readdir(join(folder, '.fld-tmp'))).toEqual([])
  })

  it('never lets an object look as it did before, however fast it is replaced', async () => {
    const { etag: first } = await store.put('pointer', bytesOf('0'))
    const seen = new Set([first])
    for (let round = 1; round <= 50; round++) {
      const etag = (await store.head('pointer'))?.etag ?? ''
      expect(await store.replaceIf('pointer', bytesOf(String(round % 10)), etag)).toBe(true)
      seen.add((await store.head('pointer'))?.etag ?? '')
    }
    expect(seen.size).toBe(51)
  })

  it('shows nothing of a writer that was killed', async () => {
    const writer = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'endless-writer.ts'), folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    // It has written some of the object by now.
    await once(writer.stdout, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    expect((await readdir(join(folder, '.fld-tmp'))).length).toBe(1)
    expect(await keysOf(store.list(''))).toEqual([])
    expect(await store.head('endless')).toBeNull()
    await store.put('endless', bytesOf('whole'))
    expect(text(await store.get('endless'))).toBe('whole')
  })

  it('refuses an object where there is a folder, and a folder where there is an object', async () => {
    await store.put('a/b', bytesOf('x'))
    for (const key of ['a', 'a/b/c']) {
      const error = await refusedWith('config_invalid', store.put(key, bytesOf('y')))
      expect(error.message).toContain('an object and a folder of the same name')
    }
    expect(await keysOf(store.list(''))).toEqual(['a/b'])
    expect(await readdir(join(folder, '.fld-tmp'))).toEqual([])
  })

  it.runIf(process.platform === 'linux')('gives up where no folder can be made', async () => {
    const nowhere = new FileStore('/proc/fld')
    await refusedWith('store_unavailable', nowhere.put('a', bytesOf('x')))
  })

  it('refuses a name that is too long', async () => {
    const error = await refusedWith('config_invalid', store.put('x'.repeat(300), bytesOf('y')))
    expect(error.message).toContain('longer than the file system allows')
  })

  it('follows linked files and no linked folders', async () => {
    await store.put('real/file', bytesOf('x'))
    await symlink(join(folder, 'real/file'), join(folder, 'linked-file'))
    await symlink(folder, join(folder, 'circle'))
    await symlink(join(folder, 'nowhere'), join(folder, 'broken'))
    expect(await keysOf(store.list(''))).toEqual(['linked-file', 'real/file'])
  })

  // Root may write everywhere, so for this test the process is somebody else.
  it.runIf(process.getuid?.() === 0)('says so when it may not write or read', async () => {
    await store.put('private/object', bytesOf('x'))
    process.seteuid?.(65_534)
    try {
      const refused = await refusedWith('store_denied', store.get('private/object'))
      expect(refused.message).toContain('permission denied')
      await refusedWith('store_denied', store.put('new', bytesOf('x')))
      await refusedWith('store_denied', store.delete(['private/object']))
    } finally {
      process.seteuid?.(0)
    }
    expect(text(await store.get('private/object'))).toBe('x')
  })

  it('says so when the disk is full, and keeps what was there', async (context) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder])
    if (mount.status !== 0) context.skip('a full disk takes a small file system, which only root may mount')
    try {
      await store.put('object', bytesOf('small'))
      const full = await refusedWith('store_unavailable', store.put('object', Buffer.alloc(1024 * 1024)))
      expect(full.message).toContain('no space left (ENOSPC)')
      expect(text(await store.get('object'))).toBe('small')
      expect(await readdir(join(folder, '.fld-tmp'))).toEqual([])
    } finally {
      spawnSync('umount', [folder])
    }
  })
})
