import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GateRecord, gateRecordSchema, gateRulesSchema } from '../../schemas/gate.js'
import { readJson } from '../../src/dataset/json-record.js'
import { addCheckpoint, promoteCheckpoint, readCurrentCheckpoint, writeGateRecord } from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openBucketStore, openFolderStore, type TestStore } from '../dataset/stores.js'
import { refusedWith } from '../storage/store-expectations.js'
import { additionOf, florence2Contents, writeContents } from './checkpoint-fixture.js'

const places: [string, () => Promise<TestStore>][] = [
  ['folder', openFolderStore],
  ['bucket', openBucketStore],
]

/** What the gate found about base@2 beside base@1, at a minute of a day. */
function found(minute: number, reasons: string[], rest: Partial<GateRecord> = {}): GateRecord {
  const measures = { objects: 0.3, captions: 1, phrases: null, failed: 0 }
  return {
    ...{ name: 'base', version: 2, against: 1, run: 'starter', round: 0, splits: ['validation'], images: 40 },
    ...{ limit: 500, decoding: {}, truth: null, measured_on: { objects: 40, captions: 40, phrases: 0 } },
    basis: { objects: 'labels', captions: 'agreement' },
    measured: { version: measures, against: measures },
    ...{ rules: gateRulesSchema.parse({}), passed: reasons.length === 0, reasons },
    gated_at: `2026-03-01T12:${String(minute).padStart(2, '0')}:00.000Z`,
    ...rest,
  }
}

describe.each(places)('what the gate found, in a %s', (_kind, open) => {
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
    await promoteCheckpoint(store, 'base', 1)
  })
  afterEach(() => opened.remove())
  const keep = (record: GateRecord) => writeGateRecord(store, record)
  const lastMove = async () => (await readCurrentCheckpoint(store, 'base'))?.history.at(-1)

  it('is kept beside the version as it was found', async () => {
    const key = await keep(found(1, ['worse']))
    expect(key).toMatch(/^checkpoints\/base\/2\/gate-[0-9a-f]{16}\.json$/)
    expect(await readJson(store, key, gateRecordSchema)).toEqual(found(1, ['worse']))
    expect(await keep(found(1, ['worse']))).toBe(key)
  })

  it('is not asked of the first version of a name, and of every later one', async () => {
    expect(await lastMove()).toMatchObject({ version: 1, gate: null, forced: null })
    const { message } = await refusedWith('gate_closed', promoteCheckpoint(store, 'base', 2))
    expect(message).toMatch(/base@2 was not held against base@1, which is current: fld checkpoint gate base@2 --run/)
  })

  it('lets a version pass or not as was found last', async () => {
    await keep(found(1, []))
    const closed = await keep(found(2, ['AP of objects: 0.1']))
    const { message } = await refusedWith('gate_closed', promoteCheckpoint(store, 'base', 2))
    expect(message).toContain(
      `base@2 did not pass the gate beside base@1, which is current: AP of objects: 0.1 (${closed})`,
    )
    const passed = await keep(found(3, []))
    await promoteCheckpoint(store, 'base', 2)
    expect(await lastMove()).toMatchObject({ version: 2, gate: passed, forced: null })
  })

  it('says nothing about a version beside another that is current by now', async () => {
    await keep(found(1, []))
    await keep(found(1, [], { version: 3 }))
    await promoteCheckpoint(store, 'base', 3)
    await refusedWith('gate_closed', promoteCheckpoint(store, 'base', 2))
  })

  it('is named by a force that passes over it, beside the reason', async () => {
    const closed = await keep(found(1, ['worse']))
    await promoteCheckpoint(store, 'base', 2, { forced: 'better on our own pictures' })
    expect(await lastMove()).toMatchObject({ version: 2, gate: closed, forced: 'better on our own pictures' })
  })
})
