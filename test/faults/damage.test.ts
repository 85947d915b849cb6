import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { groupFailures } from '../../src/run/failure-groups.js'
import { failureItems } from '../../src/run/failure-items.js'
import { verifyRun } from '../../src/run/verify-run.js'
import { fld } from '../cli/fld-process.js'
import { writePages } from '../cli/written-pages.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { SmallRun } from '../run/small-run.js'

let small: SmallRun | undefined
afterEach(async () => {
  await small?.close()
  small = undefined
})

test('bytes of a packed image that have changed quarantine that image; put right, a retry takes it in', async () => {
  small = await SmallRun.open(Array.from({ length: 10 }, (_, index) => 20 * index))
  const { store } = small
  small.startWorker()
  const first = await small.plan([{ name: 'a' }, { name: 'b' }])
  await small.run(first)
  const tar = `images/${first.set}/000001.tar`
  const packed = await store.get(tar)
  const damaged = Buffer.from(packed)
  // In the middle of the first picture of the shard, behind its header in the tar.
  damaged.fill(0x55, 512 + 40, 512 + 60)
  await store.put(tar, damaged)

  // The workers of before have the shard open.
  await small.restartWorkers()
  const plan = await small.plan([{ name: 'c' }, { name: 'd' }])
  expect((await small.run(plan)).manifest).toMatchObject({ images: 10 })
  const round = { plan, round: 0 }
  const groups = await groupFailures(failureItems(store, round))
  expect(groups.map(({ kind, count }) => [kind, count])).toEqual([
    ['image', 1],
    ['image', 1],
  ])
  expect(groups[0]?.examples[0]).toMatchObject({ shard: '000001', message: expect.stringContaining(tar) })
  const violations: unknown[] = []
  const verify = () => verifyRun(store, { ...round, onViolation: (violation) => violations.push(violation) })
  expect(await verify()).toMatchObject({ committed: 9, quarantined: 1, violations: 0 })

  await store.put(tar, packed)
  await small.restartWorkers()
  const healed = await small.retry(plan, { causes: [], shards: [], images: [] })
  expect(healed.manifest).toMatchObject({ revision: 1, images: 10 })
  expect(await verify()).toMatchObject({ committed: 10, quarantined: 0, violations: 0 })
  expect(violations).toEqual([])
})

describeWithReference('a model file', ['models'], () => {
  test('that is not the one of the pack ends the run before it begins, by name; put right, the same command goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fld-damage-'))
    try {
      const models = join(folder, 'models')
      await cp(referencePath('models/yolox-nano'), join(models, 'yolox-nano'), { recursive: true })
      await cp(referencePath('models/vocabularies'), join(models, 'vocabularies'), { recursive: true })
      const [name = ''] = (await readdir(join(models, 'yolox-nano'))).filter((file) => file.endsWith('.onnx'))
      const path = join(models, 'yolox-nano', name)
      const good = await readFile(path)
      const bad = Buffer.from(good)
      bad.fill(0x55, 5_000, 5_010)
      await writeFile(path, bad)
      await writePages(join(folder, 'photos'), 2)
      const pipeline = join(folder, 'one.yaml')
      const stages = [{ name: 'see', annotators: ['coco-small/yolox-nano'] }]
      await writeFile(pipeline, stringify({ name: 'one', stages }))
      const command = ['run', pipeline, '--images', join(folder, 'photos'), '--out', join(folder, 'out')]
      const env = { FLD_CACHE: join(folder, 'cache'), FLD_MODELS: models }
      const refused = await fld(command, env)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(new RegExp(`${name}.*sha256`, 's'))
      await writeFile(path, good)
      expect(await fld(command, env)).toMatchObject({ code: 0 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
