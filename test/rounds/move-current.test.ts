import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  addCheckpoint,
  listCheckpoints,
  promoteCheckpoint,
  readCheckpoint,
  readCurrentCheckpoint,
  rollbackCheckpoint,
} from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openBucketStore, openFolderStore, type TestStore } from '../dataset/stores.js'
import { refusedWith } from '../storage/store-expectations.js'
import { additionOf, florence2Contents, writeContents } from './checkpoint-fixture.js'

/** What the gate finds is looked at elsewhere. */
const forced = { forced: 'a test' }

const places: [string, () => Promise<TestStore>][] = [
  ['folder', openFolderStore],
  ['bucket', openBucketStore],
]

describe.each(places)('the current checkpoint of a %s', (_kind, open) => {
  let opened: TestStore
  let store: ObjectStore
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    for (const seed of [1, 2, 3]) {
      const written = await writeContents(florence2Contents(seed))
      await addCheckpoint(store, additionOf(written))
      await written.remove()
    }
  })
  afterEach(() => opened.remove())
  const current = async () => (await readCheckpoint(store, 'base', 'current')).version

  it('is none until one is promoted, and the error says how', async () => {
    const { message } = await refusedWith('config_invalid', readCheckpoint(store, 'base', 'current'))
    expect(message).toMatch(/no version of checkpoint "base" .* is current; there are: 1, 2, 3\..*promote base@3/)
    expect((await listCheckpoints(store)).map((each) => each.current)).toEqual([null])
    await refusedWith('config_invalid', rollbackCheckpoint(store, 'base'))
  })

  it('lists what there is where a name or a version is not', async () => {
    const name = await refusedWith('config_invalid', readCheckpoint(store, 'large', 'current'))
    expect(name.message).toContain('no checkpoint "large"')
    expect(name.message).toContain('there are: base')
    const version = await refusedWith('config_invalid', promoteCheckpoint(store, 'base', 4))
    expect(version.message).toContain('has no version 4; there are: 1, 2, 3')
    expect((await refusedWith('config_invalid', listCheckpoints(store, { name: 'x' }))).message).toContain('base')
  })

  it('moves with promotions, and back as often as it was promoted', async () => {
    for (const version of [1, 2, 2, 3]) await promoteCheckpoint(store, 'base', version, forced)
    const { digest } = await readCheckpoint(store, 'base', 3)
    expect(await readCurrentCheckpoint(store, 'base')).toMatchObject({
      version: 3,
      digest,
      history: [1, 2, 3].map((version) => ({ version, by: 'promote' })),
    })
    expect((await rollbackCheckpoint(store, 'base')).version).toBe(2)
    expect((await rollbackCheckpoint(store, 'base')).version).toBe(1)
    const { message } = await refusedWith('config_invalid', rollbackCheckpoint(store, 'base'))
    expect(message).toContain('none was current before version 1')
    await promoteCheckpoint(store, 'base', 3, forced)
    expect((await rollbackCheckpoint(store, 'base')).version).toBe(1)
    expect((await readCurrentCheckpoint(store, 'base'))?.history).toHaveLength(7)
  })

  it('keeps every one of many promotions at the same time in its history', async () => {
    const versions = [1, 2, 3, 1, 2, 3, 1, 2]
    const moved = await Promise.all(versions.map((version) => promoteCheckpoint(store, 'base', version, forced)))
    const now = await readCurrentCheckpoint(store, 'base')
    const history = now?.history ?? []
    expect(history.at(-1)?.version).toBe(now?.version)
    for (const [index, { version }] of history.entries()) expect(version).not.toBe(history[index - 1]?.version)
    // Whatever a promotion returned was current at some time: a beginning of the history that led there.
    for (const each of moved) expect(history.slice(0, each.history.length)).toEqual(each.history)
    expect(new Set(history.map(({ version }) => version))).toEqual(new Set([1, 2, 3]))
  })

  it('goes back once when two go back at the same time', async () => {
    for (const version of [1, 2, 3]) await promoteCheckpoint(store, 'base', version, forced)
    const outcomes = await Promise.allSettled([rollbackCheckpoint(store, 'base'), rollbackCheckpoint(store, 'base')])
    const back = outcomes.filter(({ status }) => status === 'fulfilled').length
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'run_conflict' })
    }
    // One after the other is as good: then it is back by two.
    expect(await current()).toBe(3 - back)
    expect((await readCurrentCheckpoint(store, 'base'))?.history).toHaveLength(3 + back)
  })
})

describe('promotions and rollbacks', () => {
  it('behave as a stack', async () => {
    const moves = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant('back' as const)), { maxLength: 12 })
    const { store, remove } = await openFolderStore()
    for (const seed of [1, 2, 3]) {
      const written = await writeContents(florence2Contents(seed))
      await addCheckpoint(store, additionOf(written))
      await written.remove()
    }
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        await store.delete(['checkpoints/base/current.json'])
        const stack: number[] = []
        for (const move of all) {
          if (move !== 'back') {
            await promoteCheckpoint(store, 'base', move, forced)
            if (stack.at(-1) !== move) stack.push(move)
          } else if (stack.length < 2) {
            await refusedWith('config_invalid', rollbackCheckpoint(store, 'base'))
          } else {
            await rollbackCheckpoint(store, 'base')
            stack.pop()
          }
          expect((await readCurrentCheckpoint(store, 'base'))?.version).toBe(stack.at(-1))
        }
      }),
      { numRuns: 15 },
    )
    await remove()
  })
})
