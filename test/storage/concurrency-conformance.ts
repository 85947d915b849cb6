import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../src/storage/object-store.js'
import type { StorePlace } from './conformance.js'
import { bytesOf, collect, keysOf, refusedWith, text } from './store-expectations.js'

const mebibyte = 1024 * 1024

/** What every driver must do when several write, read and stop at the same time. Every driver runs it. */
export function describeConcurrency(driver: string, newPlace: () => Promise<StorePlace>): void {
  describe(`${driver}: concurrency`, () => {
    let place: StorePlace
    let stores: ObjectStore[]
    let store: ObjectStore
    beforeEach(async () => {
      place = await newPlace()
      stores = [await place.open(), await place.open(), await place.open(), await place.open()]
      store = stores[0] ?? (await place.open())
    })
    afterEach(async () => {
      await Promise.all(stores.map((each) => each.close()))
      await place.remove()
    })

    it('lets exactly one of 16 concurrent writers win, 20 times', async () => {
      for (let round = 0; round < 20; round++) {
        const key = `commits/${round}.json`
        const writers = Array.from({ length: 16 }, (_, writer) => `writer ${writer} of round ${round}`)
        const won = await Promise.all(
          writers.map((content, index) => (stores[index % stores.length] ?? store).putIfAbsent(key, bytesOf(content))),
        )
        const winners = writers.filter((_, index) => won[index])
        expect(winners, `round ${round}`).toHaveLength(1)
        expect(text(await store.get(key))).toBe(winners[0])
        expect(await store.putIfAbsent(key, bytesOf('late'))).toBe(false)
        expect(text(await store.get(key))).toBe(winners[0])
      }
    })

    it('lets exactly one of 16 concurrent replacements of the same version win, 20 times', async () => {
      await store.put('current.json', bytesOf('the first version'))
      for (let round = 0; round < 20; round++) {
        const etag = (await store.head('current.json'))?.etag ?? ''
        const writers = Array.from({ length: 16 }, (_, writer) => `writer ${writer} of round ${round}`)
        const won = await Promise.all(
          writers.map((content, index) =>
            (stores[index % stores.length] ?? store).replaceIf('current.json', bytesOf(content), etag),
          ),
        )
        const winners = writers.filter((_, index) => won[index])
        expect(winners, `round ${round}`).toHaveLength(1)
        expect(text(await store.get('current.json'))).toBe(winners[0])
        expect(await store.replaceIf('current.json', bytesOf('late'), etag)).toBe(false)
      }
    })

    it('counts every one of many replacements that read, add and try again', async () => {
      await store.put('counter', bytesOf('0'))
      const addOne = async (own: ObjectStore): Promise<void> => {
        for (;;) {
          const etag = (await own.head('counter'))?.etag ?? ''
          const next = Number(text(await own.get('counter'))) + 1
          if (await own.replaceIf('counter', bytesOf(String(next)), etag)) return
        }
      }
      await Promise.all(Array.from({ length: 24 }, (_, index) => addOne(stores[index % stores.length] ?? store)))
      expect(text(await store.get('counter'))).toBe('24')
    })

    it('shows readers whole versions only', async () => {
      const version = (index: number) => Buffer.alloc(600_000 + index * 1000, 65 + (index % 26))
      await store.put('object', version(0))
      let writing = true
      const torn: string[] = []
      let reads = 0
      const reader = async (from: ObjectStore): Promise<void> => {
        while (writing) {
          const bytes = await from.get('object')
          const index = (bytes.length - 600_000) / 1000
          if (!Number.isInteger(index) || !version(index).equals(bytes)) torn.push(`${bytes.length} bytes`)
          reads++
        }
      }
      const readers = stores.slice(1).map(reader)
      for (let index = 1; index <= 60; index++) await store.put('object', version(index))
      writing = false
      await Promise.all(readers)
      expect(torn).toEqual([])
      expect(reads).toBeGreaterThan(10)
    })

    it('shows a streamed object when it is complete, not before', async () => {
      const pieces = Array.from({ length: 12 }, (_, index) => Buffer.alloc(mebibyte + index, index))
      const seen: unknown[] = []
      async function* body() {
        for (const piece of pieces) {
          seen.push(await store.head('large.tar'), ...(await keysOf(store.list(''))))
          yield piece
        }
      }
      const info = await store.putStream('large.tar', body())
      expect(new Set(seen)).toEqual(new Set([null]))
      const whole = Buffer.concat(pieces)
      expect(info).toEqual(await store.head('large.tar'))
      expect(info.bytes).toBe(whole.length)
      expect(whole.equals(await store.get('large.tar'))).toBe(true)
      const range = { start: 6 * mebibyte, end: 6 * mebibyte + 10 }
      expect(whole.subarray(range.start, range.end).equals(await store.get('large.tar', { range }))).toBe(true)
    })

    it('streams a small body and an empty one', async () => {
      expect(await store.putStream('small', pieces('a', 'bc'))).toMatchObject({ bytes: 3 })
      expect(text(await store.get('small'))).toBe('abc')
      expect(await store.putStream('none', pieces())).toMatchObject({ bytes: 0 })
      expect((await store.get('none')).length).toBe(0)
    })

    it('leaves nothing of a stream whose source fails', async () => {
      async function* body() {
        yield Buffer.alloc(11 * mebibyte)
        throw new Error('the source broke')
      }
      const error = await refusedWith('internal', store.putStream('broken', body()))
      expect(error.message).toContain('the source broke')
      expect(await keysOf(store.list(''))).toEqual([])
    })

    it('stops a stream when the signal fires, even while its source is silent', async () => {
      const stop = new AbortController()
      const sourceIsSilent = new EventTarget()
      async function* body() {
        yield Buffer.alloc(11 * mebibyte)
        sourceIsSilent.dispatchEvent(new Event('silent'))
        await new Promise(() => undefined)
      }
      const silent = once(sourceIsSilent, 'silent')
      const writing = store.putStream('stopped', body(), { signal: stop.signal })
      await silent
      stop.abort()
      await refusedWith('aborted', writing)
      expect(await keysOf(store.list(''))).toEqual([])
      expect(await store.head('stopped')).toBeNull()
    })

    it('does nothing under a signal that has fired', async () => {
      await store.put('there', bytesOf('x'))
      const options = { signal: AbortSignal.abort() }
      await refusedWith('aborted', store.put('new', bytesOf('x'), options))
      await refusedWith('aborted', store.putIfAbsent('new', bytesOf('x'), options))
      await refusedWith('aborted', store.putStream('new', pieces('x'), options))
      await refusedWith('aborted', store.replaceIf('there', bytesOf('y'), 'etag', options))
      await refusedWith('aborted', store.get('there', options))
      await refusedWith('aborted', collect(store.stream('there', options)))
      await refusedWith('aborted', store.head('there', options))
      await refusedWith('aborted', collect(store.list('', options)))
      await refusedWith('aborted', store.delete(['there'], options))
      expect(await keysOf(store.list(''))).toEqual(['there'])
    })

    it('stops reading and listing in the middle', async () => {
      await store.put('large', Buffer.alloc(8 * mebibyte))
      for (const name of ['1', '2', '3']) await store.put(`list/${name}`, bytesOf(name))
      const stop = new AbortController()
      await refusedWith('aborted', abortAtFirst(store.stream('large', { signal: stop.signal }), stop))
      const stopList = new AbortController()
      await refusedWith('aborted', abortAtFirst(store.list('', { signal: stopList.signal }), stopList))
    })

    it('loses no write to deletes beside it', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `${index}`)
      await Promise.all(
        names.map(async (name, index) => {
          const own = stores[index % stores.length] ?? store
          await own.put(`shared/folder/gone-${name}`, bytesOf(name))
          await own.delete([`shared/folder/gone-${name}`])
          await own.put(`shared/folder/kept-${name}`, bytesOf(name))
        }),
      )
      expect(await keysOf(store.list('shared/'))).toEqual(names.map((name) => `shared/folder/kept-${name}`).sort())
    })
  })
}

async function* pieces(...contents: string[]): AsyncGenerator<Uint8Array> {
  for (const content of contents) yield bytesOf(content)
}

async function abortAtFirst(items: AsyncIterable<unknown>, stop: AbortController): Promise<void> {
  for await (const _item of items) stop.abort()
}
