import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { florence2Tasks } from '../../schemas/florence2/tasks.js'
import { openStore } from '../../src/storage/open-store.js'
import { type FedStore, openFedStore } from '../feed/fed-store.js'
import { fld, startFld } from './fld-process.js'

const formats = ['florence2-jsonl', 'webdataset', 'hf', 'coco', 'odvg', 'litdata-index'] as const
const images = 24

describe('fld export', () => {
  let fed: FedStore
  beforeAll(async () => {
    fed = await openFedStore({ images, shardSize: 2 })
  }, 120_000)
  afterAll(() => fed.remove())

  const rows = ['coco', 'odvg']
  const args = (format: string, to: string) => [
    ...['export', fed.run, '--out', fed.out, '--format', format, '--to', join(fed.folder, to), '--json'],
    ...['--splits', 'train,validation,test'],
  ]
  /** Every object with its digest. */
  const contents = async (to: string): Promise<string[]> => {
    const store = await openStore(join(fed.folder, to))
    const found: string[] = []
    for await (const { key } of store.list('')) {
      found.push(
        `${key} ${createHash('sha256')
          .update(await store.get(key))
          .digest('hex')}`,
      )
    }
    await store.close()
    return found
  }

  test.each(formats)(
    '%s: killed and called again it is what it would have been, and a third call writes nothing',
    async (format) => {
      const whole = await fld(args(format, `${format}-whole`))
      expect(whole, whole.stderr).toMatchObject({ code: 0 })
      expect(JSON.parse(whole.stdout)).toMatchObject({ images, round: 0, splits: expect.any(Object) })
      const expected = await contents(`${format}-whole`)

      const running = startFld(args(format, `${format}-killed`))
      await begun(fed, `${format}-killed`)
      running.child.kill('SIGKILL')
      await running.ended
      const again = await fld(args(format, `${format}-killed`))
      expect(again, again.stderr).toMatchObject({ code: 0 })
      expect(await contents(`${format}-killed`)).toEqual(expected)

      const third = await fld(args(format, `${format}-killed`))
      expect(JSON.parse(third.stdout)).toMatchObject({ written: 0, images })
      expect(await contents(`${format}-killed`)).toEqual(expected)
    },
    120_000,
  )

  test.each(rows)('%s holds no samples, and refuses what would decide about them', async (format) => {
    const asked = await fld([...args(format, `${format}-idle`), '--tasks', 'OD', '--granularities', 'brief'])
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain(
      `--format ${format} holds rows of the tables and no samples: --tasks, --granularities would`,
    )
    const ended = await fld(args(format, `${format}-whole`))
    expect(JSON.parse(ended.stdout)).not.toHaveProperty('samples')
  })

  test('another export does not go to the same place', async () => {
    const to = 'taken'
    expect(await fld(args('coco', to))).toMatchObject({ code: 0 })
    const other = await fld([...args('coco', to), '--no-images'])
    expect(other.code).toBe(2)
    expect(other.stderr).toMatch(/taken holds another export \(images: true there, false asked for\)/)
  }, 60_000)

  test('a card says what the run amounts to, for datasets with the files of each split', async () => {
    const store = await openStore(join(fed.folder, 'hf-whole'))
    const card = new TextDecoder().decode(await store.get('README.md'))
    await store.close()
    expect(card).toMatch(
      /^---\nconfigs:\n- config_name: default\n {2}data_files:\n {2}- split: train\n {4}path: data\/train-\*\.parquet/,
    )
    expect(card).toMatch(/# fed\n[\s\S]*FLD-5B/)
  })

  test('says what formats there are, and which run is not there', async () => {
    const unknown = await fld(args('csv', 'csv'))
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toMatch(/Allowed choices are florence2-jsonl, webdataset, hf, coco, odvg, litdata-index/)
    const missing = await fld(['export', 'nowhere', '--out', fed.out, '--format', 'hf', '--to', join(fed.folder, 'x')])
    expect(missing.code).not.toBe(0)
    expect(missing.stderr).toMatch(/no run "nowhere" in .*; there are: fed/)
  }, 60_000)

  test('fld feed stats adds samples up', async () => {
    const ended = await fld(['feed', 'stats', fed.run, '--out', fed.out, '--splits', 'train,validation,test', '--json'])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const stats = JSON.parse(ended.stdout)
    expect(stats).toMatchObject({
      images,
      without_samples: 0,
      tasks: { CAPTION: { samples: images }, OD: { samples: images } },
      granularities: { brief: { samples: images }, detailed: { samples: images / 2 } },
    })
    const sum = (parts: Record<string, { samples: number; tokens: number }>) =>
      Object.values(parts).reduce(
        (sums, { samples, tokens }) => ({ samples: sums.samples + samples, tokens: sums.tokens + tokens }),
        { samples: 0, tokens: 0 },
      )
    const { samples, tokens } = stats
    expect(sum(stats.tasks)).toEqual({ samples, tokens })
    expect(sum(stats.splits)).toEqual({ samples, tokens })
    expect(Object.values<number>(stats.lengths).reduce((whole, part) => whole + part, 0)).toBe(samples)
  }, 60_000)
})

describe('fld feed stats --tasks', () => {
  let fed: FedStore
  beforeAll(async () => {
    fed = await openFedStore({ images: 4, shardSize: 2 })
  })
  afterAll(() => fed.remove())
  const stats = (tasks: string) =>
    fld(['feed', 'stats', '--out', fed.out, '--splits', 'train,validation,test', '--json', '--tasks', tasks])

  test.each([
    ['OD,caption', { OD: 4, CAPTION: 4 }],
    ['OD=2,CAPTION', { OD: 8, CAPTION: 4 }],
    ['<OD>', { OD: 4 }],
  ])('%s: those that are named alone, and no other', async (tasks, inEpoch) => {
    const found: Record<string, { in_epoch: number }> = JSON.parse((await stats(tasks)).stdout).tasks
    expect(Object.fromEntries(Object.entries(found).map(([task, sums]) => [task, sums.in_epoch]))).toEqual(inEpoch)
  })

  test('with weights alone the others stay', async () => {
    const { tasks } = JSON.parse((await stats('OD=2,CAPTION=0')).stdout)
    expect(tasks).toMatchObject({ OD: { in_epoch: 8 }, REGION_PROPOSAL: { in_epoch: 4 } })
    expect(tasks).not.toHaveProperty('CAPTION')
  })

  test('refuses to feed nothing', async () => {
    const none = await stats(florence2Tasks.map((task) => `${task}=0`).join(','))
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('every task has the weight 0') })
  })
})

/** Resolves when the first shard is written. */
async function begun(fed: FedStore, to: string): Promise<void> {
  const store = await openStore(join(fed.folder, to))
  for (;;) {
    for await (const { key } of store.list('_fld/')) {
      if (/\/\d{6}\.json$/.test(key)) return store.close()
    }
    await delay(5)
  }
}
