import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadPipeline } from '../../src/cli/pipeline-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-pipeline-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(text: string): Promise<string> {
  const path = join(folder, 'mine.yaml')
  await writeFile(path, text)
  return path
}

test('a named recipe, with settings laid over it', async () => {
  const pipeline = await loadPipeline('starter', [
    'consensus.min_votes=3',
    'shard_size=32',
    'annotators.ppocr.limit_side_len=640',
  ])
  expect(pipeline).toMatchObject({ name: 'starter', shard_size: 32, consensus: { min_votes: 3 } })
  const ocr = pipeline.stages[0]?.annotators.find(({ use }) => use === 'starter/ppocr')
  expect(ocr?.options).toEqual({ limit_side_len: 640 })
  expect((await loadPipeline('starter', [])).shard_size).toBe(256)
})

test('a YAML file; its packs are found beside it', async () => {
  const path = await file(`
name: mine
stages:
  - name: see
    annotators:
      - use: ./my-pack.json/net
        required: false
`)
  const pipeline = await loadPipeline(path, [])
  expect(pipeline.stages[0]?.annotators[0]).toEqual({
    use: join(folder, 'my-pack.json/net'),
    required: false,
    options: {},
  })
})

test.each([
  ['an unknown name', 'startr', [], /no pipeline "startr"; there are: starter/],
  ['a setting without a value', 'starter', ['shard_size'], /--set shard_size: write key=value/],
  [
    'an unknown key',
    'starter',
    ['consensus.min_vote=2'],
    /--set consensus.min_vote=2.*"min_vote"; allowed: .*min_votes, region_score/s,
  ],
  ['a value that cannot be read', 'starter', ['shard_size=[1'], /--set shard_size=\[1: the value is no YAML/],
  ['a bad value', 'starter', ['shard_size=none'], /shard_size/],
  ['an annotator that is not there', 'starter', ['annotators.yolo.x=1'], /the names are: nanodet, centernet/],
])('%s is refused, saying what was allowed', async (_, name, sets, message) => {
  await expect(loadPipeline(name, sets)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(message),
  })
})

test.each([
  ['dtype', 'dtype: fp99', /dtype: expected one of fp32, fp16, q8/],
  ['provider', 'provider: gpu', /provider: .*"cpu"\|"cuda"/],
  ['setting', 'dtyp: fp16', /dtyp/],
])('a wrong %s of an annotator is named with what was allowed', async (_, setting, message) => {
  const path = await file(`name: mine\nstages: [{name: see, annotators: [{use: a/b, ${setting}}]}]\n`)
  await expect(loadPipeline(path, [])).rejects.toMatchObject({ message: expect.stringMatching(message) })
})

test('a wrong key of a file is named with the file', async () => {
  const path = await file('name: mine\nstages: [{name: see, annotatrs: [a/b]}]\n')
  await expect(loadPipeline(path, [])).rejects.toMatchObject({
    message: expect.stringMatching(/mine\.yaml.*annotatrs/s),
  })
})

test('settings find an annotator by its name in the run', async () => {
  const path = await file(`
name: mine
stages:
  - name: see
    annotators: [checkpoint/base, checkpoint/large@3]
  - name: again
    annotators: [{ use: checkpoint/base, as: base-regions, annotator: florence2Regions }]
`)
  const sets = ['annotators.base-regions.beams=1', 'annotators.large.beams=2']
  const { stages } = await loadPipeline(path, sets)
  const options = stages.flatMap(({ annotators }) => annotators.map((use) => use.options))
  expect(options).toEqual([{}, { beams: 2 }, { beams: 1 }])
  await expect(loadPipeline(path, ['annotators.regions.beams=1'])).rejects.toThrow(
    /the names are: base, large, base-regions/,
  )
})
