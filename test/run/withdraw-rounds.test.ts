import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mergeRulesSchema, roundPlanSchema, withdrawnRoundsSchema } from '../../schemas/round.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { currentRound, readClosedRounds } from '../../src/dataset/current-round.js'
import { putJsonIfAbsent, readJson } from '../../src/dataset/json-record.js'
import { closeRound } from '../../src/dataset/manifest.js'
import { latestRound, openRoundPlan } from '../../src/run/round-plan.js'
import { restoreRounds, withdrawRounds } from '../../src/run/withdraw-rounds.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { attemptBy } from '../dataset/shard-attempts.js'
import { openBucketStore, openFolderStore, type TestStore } from '../dataset/stores.js'
import { refusedWith } from '../storage/store-expectations.js'

const run = 'starter'
const places: [string, () => Promise<TestStore>][] = [
  ['folder', openFolderStore],
  ['bucket', openBucketStore],
]

describe.each(places)('the round that a run of a %s stands at', (_kind, open) => {
  let opened: TestStore
  let store: ObjectStore
  beforeEach(async () => {
    opened = await open()
    store = opened.store
  })
  afterEach(() => opened.remove())

  async function close(...rounds: number[]): Promise<void> {
    for (const round of rounds) {
      await commitShard(store, { ...attemptBy('a', run), round })
      await closeRound(store, { run, round, set: 'set', plan: 'plan', shards: 1 })
    }
  }

  /** Begins a round over an earlier one. */
  async function begin(round: number, before: number): Promise<void> {
    const plan = roundPlanSchema.parse({
      ...{ run, round, before: { round: before, revision: 0, manifest_sha256: '' } },
      ...{ checkpoint: { name: 'base', version: 1 }, stages: [{ name: 'image', annotators: ['checkpoint/base@1'] }] },
      ...{ annotators: [], merge: mergeRulesSchema.parse({}), digest: 'digest', created_at: '', version: '0' },
    })
    await putJsonIfAbsent(store, storeLayout.roundPlan(run, round), plan)
  }
  const back = (to?: number) => withdrawRounds(store, run, { to, reason: 'weak texts' })
  const kept = async () => (await readJson(store, storeLayout.withdrawnRounds(run), withdrawnRoundsSchema)).rounds

  it('is the last that is closed, and none before one is', async () => {
    const { message } = await refusedWith('run_missing', currentRound(store, run))
    expect(message).toMatch(/round 0 of run "starter" in .* is not closed/)
    await refusedWith('config_invalid', back())
    await close(0, 1)
    expect(await currentRound(store, run)).toBe(1)
  })

  it('goes back one by one or by name, and never to what is not there', async () => {
    await close(0, 1, 2, 3)
    expect(await back()).toMatchObject({ current: 2, closed: [0, 1, 2, 3] })
    expect(await back(0)).toMatchObject({ current: 0 })
    for (const to of [undefined, 0, 1, 7]) {
      const { message } = await refusedWith('config_invalid', back(to))
      expect(message).toMatch(/it stands at round 0, and no round before it stands$/)
    }
    await close(4)
    expect(await currentRound(store, run)).toBe(4)
    expect(await back()).toMatchObject({ current: 0 })
  })

  it('comes again, and every withdrawal stays on record with its reason', async () => {
    await close(0, 1, 2)
    await back(0)
    expect(await restoreRounds(store, run)).toMatchObject({ current: 2, withdrawn: [] })
    expect(await back()).toMatchObject({ current: 1 })
    expect((await kept()).map((each) => [each.round, each.reason, each.restored_at === null])).toEqual([
      [1, 'weak texts', false],
      [2, 'weak texts', false],
      [2, 'weak texts', true],
    ])
  })

  it('is no round that was merged with a withdrawn one, once it is closed', async () => {
    await close(0, 1)
    await begin(2, 1)
    expect(await back()).toMatchObject({ current: 0 })
    await close(2)
    expect(await currentRound(store, run)).toBe(0)
    // The next is merged with where the run stands.
    await begin(3, 0)
    await close(3)
    expect(await currentRound(store, run)).toBe(3)
    await begin(4, 3)
    expect((await withdrawRounds(store, run, { to: 0, reason: '' })).withdrawn.map(({ round }) => round)).toEqual([
      1, 2, 3, 4,
    ])
  })

  it('leaves the number of a round that was withdrawn while it was open to nobody else', async () => {
    await close(0, 1)
    await begin(2, 1)
    expect(await back()).toMatchObject({ current: 0, next: 2 })
    expect(await openRoundPlan(store, run)).toBeNull()
    expect(await latestRound(store, run)).toBe(0)
    await begin(3, 0)
    expect(await readClosedRounds(store, run)).toMatchObject({ closed: [0, 1], current: 0, next: 3 })
    expect(await latestRound(store, run)).toBe(3)
    await close(3)
    expect(await readClosedRounds(store, run)).toMatchObject({ closed: [0, 1, 3], current: 3, next: 4 })
    // What was given up stays so when the withdrawal is taken back.
    expect(await restoreRounds(store, run)).toMatchObject({ closed: [0, 1, 3], withdrawn: [], current: 3, next: 4 })
  })

  it('stays where only an open round above it is given up', async () => {
    await close(0, 1)
    await begin(2, 1)
    expect(await back(1)).toMatchObject({ current: 1, next: 2, withdrawn: [{ round: 2 }] })
    expect((await refusedWith('config_invalid', back(1))).message).toMatch(/at round 1, and before it stand 0$/)
    await begin(3, 1)
    await close(3)
    expect(await readClosedRounds(store, run)).toMatchObject({ closed: [0, 1, 3], current: 3 })
    const first = await refusedWith('config_invalid', withdrawRounds(store, run, { to: 7, reason: '' }))
    expect(first.message).toMatch(/cannot go back to round 7: it stands at round 3, and before it stand 0, 1$/)
  })

  it('comes again by the last withdrawal alone', async () => {
    await close(0, 1, 2)
    await back()
    await close(3, 4)
    await back(1)
    expect(await restoreRounds(store, run)).toMatchObject({ current: 4, withdrawn: [{ round: 2 }] })
    expect(await restoreRounds(store, run)).toMatchObject({ current: 4, withdrawn: [] })
  })

  it('is no round that was begun over another while somebody withdrew that', async () => {
    await close(0, 1)
    await back()
    await begin(2, 1)
    await close(2)
    expect(await readClosedRounds(store, run)).toMatchObject({ current: 0, withdrawn: [{ round: 1 }, { round: 2 }] })
    expect(await restoreRounds(store, run)).toMatchObject({ current: 2, withdrawn: [] })
  })

  it('is written down only where it changes', async () => {
    await close(0, 1)
    expect(await restoreRounds(store, run)).toMatchObject({ current: 1 })
    expect(await store.head(storeLayout.withdrawnRounds(run))).toBeNull()
  })

  it('is the same for two who go back to it at the same time', async () => {
    await close(0, 1, 2)
    const outcomes = await Promise.allSettled([back(1), back(1)])
    expect(await currentRound(store, run)).toBe(1)
    expect(await kept()).toHaveLength(1)
    // The second found that the run stands there already.
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refused).toMatchObject([{ code: 'config_invalid' }])
  })
})
