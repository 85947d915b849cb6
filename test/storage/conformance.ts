import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { bytesOf, collect, keysOf, refusedWith, text } from './store-expectations.js'

/** An empty place of its own for each test, and as many stores on it as the test opens. */
export interface StorePlace {
  open(): Promise<ObjectStore>
  remove(): Promise<void>
}

/** What every driver must do: reading, writing, listing and deleting. Every driver runs it. */
export function describeObjects(driver: string, newPlace: () => Promise<StorePlace>): void {
  describe(`${driver}: objects`, () => {
    let place: StorePlace
    let store: ObjectStore
    beforeEach(async () => {
      place = await newPlace()
      store = await place.open()
    })
    afterEach(async () => {
      await store.close()
      await place.remove()
    })

    it('reads back what was written, and overwrites', async () => {
      const first = await store.put('a/b.txt', bytesOf('one'))
      expect(first).toMatchObject({ key: 'a/b.txt', bytes: 3 })
      expect(text(await store.get('a/b.txt'))).toBe('one')
      expect(await store.head('a/b.txt')).toEqual(first)
      const second = await store.put('a/b.txt', bytesOf('three'))
      expect(second.etag).not.toBe(first.etag)
      expect(await store.head('a/b.txt')).toEqual(second)
      expect(text(await store.get('a/b.txt'))).toBe('three')
    })

    it('replaces what still has the etag, and nothing else', async () => {
      const { etag } = await store.put('a/pointer', bytesOf('one'))
      expect(await store.replaceIf('a/pointer', bytesOf('two'), 'no-such-etag')).toBe(false)
      expect(text(await store.get('a/pointer'))).toBe('one')
      expect(await store.replaceIf('a/pointer', bytesOf('two'), etag)).toBe(true)
      expect(text(await store.get('a/pointer'))).toBe('two')
      expect(await store.replaceIf('a/pointer', bytesOf('six'), etag)).toBe(false)
      const second = (await store.head('a/pointer'))?.etag ?? ''
      expect(second).not.toBe(etag)
      expect(await store.replaceIf('a/pointer', bytesOf('six'), second)).toBe(true)
      for (const key of ['missing', 'a', 'a/pointer/below']) {
        expect(await store.replaceIf(key, bytesOf('x'), etag), key).toBe(false)
      }
      await store.delete(['a/pointer'])
      expect(await store.replaceIf('a/pointer', bytesOf('two'), second)).toBe(false)
      expect(await keysOf(store.list(''))).toEqual([])
    })

    it('keeps an empty object', async () => {
      await store.put('empty', new Uint8Array())
      expect((await store.get('empty')).length).toBe(0)
      expect(await store.head('empty')).toMatchObject({ bytes: 0 })
      expect(await collect(store.stream('empty'))).toHaveLength(0)
    })

    it('says what is missing', async () => {
      await store.put('folder/object', bytesOf('x'))
      for (const key of ['absent', 'folder', 'folder/object/below']) {
        expect(await store.head(key)).toBeNull()
        await refusedWith('store_missing', store.get(key))
        await refusedWith('store_missing', store.get(key, { range: { start: 0, end: 0 } }))
        await refusedWith('store_missing', collect(store.stream(key)))
      }
    })

    it('reads ranges as slices', async () => {
      await store.put('range', bytesOf('0123456789'))
      const slice = async (start: number, end: number) => text(await store.get('range', { range: { start, end } }))
      expect(await slice(0, 4)).toBe('0123')
      expect(await slice(3, 4)).toBe('3')
      expect(await slice(7, 100)).toBe('789')
      expect(await slice(10, 12)).toBe('')
      expect(await slice(5, 5)).toBe('')
      await refusedWith('internal', store.get('range', { range: { start: 5, end: 4 } }))
      await refusedWith('internal', store.get('range', { range: { start: -1, end: 4 } }))
    })

    it('streams an object, and lets the reader stop early', async () => {
      const body = Buffer.alloc(3_000_000, 'stream of bytes ')
      await store.put('large', body)
      expect(Buffer.concat(await collect(store.stream('large'))).equals(body)).toBe(true)
      for await (const chunk of store.stream('large')) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      expect(await store.head('large')).toMatchObject({ bytes: body.length })
    })

    it('lists by prefix in the order of UTF-8 bytes', async () => {
      // Beside a folder "a/", names that sort before and after "/"; U+FF5E sorts before U+1F600 only in UTF-8.
      const keys = ['a!', 'a/1', 'a/b/1', 'a/b-1', 'a0', 'A', 'ab', 'z/\u{1F600}', 'z/～', 'z/é', 'z/e']
      for (const key of keys) await store.put(key, bytesOf(key))
      const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect(await keysOf(store.list(''))).toEqual(sorted)
      expect(await keysOf(store.list('a/'))).toEqual(['a/1', 'a/b-1', 'a/b/1'])
      expect(await keysOf(store.list('a/b'))).toEqual(['a/b-1', 'a/b/1'])
      expect(await keysOf(store.list('a'))).toEqual(['a!', 'a/1', 'a/b-1', 'a/b/1', 'a0', 'ab'])
      expect(await keysOf(store.list('nothing/'))).toEqual([])
      for (const startAfter of ['', 'A', 'a/', 'a/1', 'a/b/0', 'a/b/1', 'a/zzz', 'm', 'z/～', 'zz']) {
        const after = sorted.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0)
        expect(await keysOf(store.list('', { startAfter })), `after ${startAfter}`).toEqual(after)
      }
    })

    it('lists and deletes more keys than one request takes', async () => {
      const keys = Array.from({ length: 1100 }, (_, index) => `many/${String(index).padStart(4, '0')}`)
      for (let index = 0; index < keys.length; index += 50) {
        await Promise.all(keys.slice(index, index + 50).map((key) => store.put(key, bytesOf(key))))
      }
      await store.put('other', bytesOf('stays'))
      const infos = await collect(store.list('many/'))
      expect(infos.map(({ key }) => key)).toEqual(keys)
      expect(infos[7]).toMatchObject({ ...(await store.head('many/0007')) })
      // By the store's clock, which in the tests is this machine's.
      expect(Math.abs((infos[7]?.modified ?? 0) - Date.now())).toBeLessThan(600_000)
      expect(await keysOf(store.list('many/', { startAfter: 'many/1050' }))).toEqual(keys.slice(1051))
      await store.delete([...keys, 'many/never-there', 'not/even/a/folder'])
      expect(await keysOf(store.list(''))).toEqual(['other'])
    })

    it('keeps keys with odd characters as they are', async () => {
      const keys = [
        'a b/c  d',
        '100%/%20',
        'plus+and&=?#',
        'quote\'s "two"',
        'ünï/日本語',
        '\u{1F600}',
        '*?[x]',
        '~$@!,;:',
      ]
      for (const key of keys) await store.put(key, bytesOf(key))
      for (const key of keys) expect(text(await store.get(key)), key).toBe(key)
      expect((await keysOf(store.list(''))).sort()).toEqual([...keys].sort())
      for (const key of keys) expect(await keysOf(store.list(key)), key).toEqual([key])
      await store.delete(keys)
      expect(await keysOf(store.list(''))).toEqual([])
    })

    it('refuses keys that climb out or name nothing', async () => {
      const bad = [
        '',
        '/a',
        'a/',
        'a//b',
        '.',
        '..',
        '../a',
        'a/../b',
        'a/./b',
        'a\0b',
        'a\nb',
        'a\ud800',
        '.fld-tmp/x',
      ]
      for (const key of bad) {
        await refusedWith('config_invalid', store.put(key, bytesOf('x')))
        await refusedWith('config_invalid', store.putIfAbsent(key, bytesOf('x')))
        await refusedWith('config_invalid', store.putStream(key, emptyBody()))
        await refusedWith('config_invalid', store.replaceIf(key, bytesOf('x'), 'etag'))
      }
      expect(await keysOf(store.list(''))).toEqual([])
    })
  })
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array()
}
