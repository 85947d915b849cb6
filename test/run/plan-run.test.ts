import { expect, test } from 'vitest'
import { pipelines } from '../../pipelines/index.js'
import { annotatorName, checkpointOf } from '../../schemas/annotator-use.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { type PipelineRecipe, pipelineSchema } from '../../schemas/pipeline.js'
import type { RunPlan } from '../../schemas/run.js'
import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { lockEntry } from '../../src/models/packs/lock-entry.js'
import { loadPackEntry } from '../../src/models/packs/pack-file.js'
import { planRun } from '../../src/run/plan-run.js'
import { caption, captionVlm } from '../../workers/caption/index.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { toneAnnotator } from './tone-annotator.js'

const registry = new Map<string, AnnotatorModule>([
  ['tone', toneAnnotator([]) as AnnotatorModule],
  ['caption', caption as AnnotatorModule],
  ['caption-vlm', captionVlm as AnnotatorModule],
])
/** Model files of two dtypes; the planner looks at their names and digests only. */
const graphs = ['config.json', 'onnx/model.onnx', 'onnx/model_fp16.onnx'].map((path, index) => ({
  path,
  sha256: String(index).repeat(64),
  bytes: 1,
  sources: [`folder:graphs/${path}`],
}))
const entries = new Map(
  ['a', 'b', 'words', 'graphs', 'asker'].map((name) => [
    `test/${name}`,
    packEntrySchema.parse({
      name,
      annotator: name === 'words' ? 'caption' : name === 'asker' ? 'caption-vlm' : 'tone',
      family: name,
      licence: 'none',
      files: name === 'graphs' ? graphs : [],
    }),
  ]),
)
const recipe: PipelineRecipe = {
  name: 'tones',
  stages: [
    { name: 'see', annotators: ['test/a', 'test/b'] },
    { name: 'say', annotators: ['test/words'] },
  ],
}

/** The recipe with another first annotator. */
function staged(use: NonNullable<PipelineRecipe['stages'][number]>['annotators'][number]): PipelineRecipe['stages'] {
  return [
    { name: 'see', annotators: [use, 'test/b'] },
    { name: 'say', annotators: ['test/words'] },
  ]
}

function plan(changes: Partial<PipelineRecipe> = {}, set = 'set-1'): Promise<RunPlan> {
  return planRun({
    pipeline: pipelineSchema.parse({ ...recipe, ...changes }),
    registry,
    findEntry: async (use) => entries.get(use) ?? Promise.reject(new Error(`no ${use}`)),
    pinEntry: (entry) => lockEntry(entry, { cache: '/nowhere' }),
    set,
    source: '/photos',
    labelDigest: null,
    version: 'test',
  })
}

function digests({ annotators }: RunPlan): Record<string, string> {
  return Object.fromEntries(annotators.map(({ name, digest }) => [name, digest]))
}

test('the same pipeline over the same set is the same run', async () => {
  const [one, two] = [await plan(), await plan()]
  expect(one.run).toMatch(/^tones-[0-9a-f]{8}$/)
  expect({ ...one, created_at: '' }).toEqual({ ...two, created_at: '' })
  expect((await plan({}, 'set-2')).run).not.toBe(one.run)
})

test('an option changes the digest of its annotator and of those that see its regions, and of no other', async () => {
  const before = digests(await plan())
  const changed = {
    stages: [
      { name: 'see', annotators: [{ use: 'test/a', options: { poison: [3] } }, 'test/b'] },
      { name: 'say', annotators: ['test/words'] },
    ],
  }
  const after = digests(await plan(changed))
  expect(after.a).not.toBe(before.a)
  expect(after.b).toBe(before.b)
  expect(after.words).not.toBe(before.words)
})

test('consensus settings change what is said of regions, not what detectors see', async () => {
  const before = digests(await plan())
  const after = digests(await plan({ consensus: { min_votes: 1 } }))
  expect(after).toMatchObject({ a: before.a, b: before.b })
  expect(after.words).not.toBe(before.words)
  // Numbers that only the final decision asks show nobody anything.
  const masks = { mask_score: 0.9, texts_per_granularity: { brief: 1 }, support_score: 0.3 }
  expect(digests(await plan({ consensus: masks }))).toEqual(before)
})

test('another family changes the vote, so the run, and not what is observed', async () => {
  const before = await plan()
  const entry = entries.get('test/b')
  if (!entry) throw new Error('no test/b')
  entries.set('test/b', { ...entry, family: 'a' })
  const after = await plan()
  entries.set('test/b', entry)
  expect(after.run).not.toBe(before.run)
  expect(digests(after)).toMatchObject({ a: digests(before).a, b: digests(before).b })
})

test('an option that an annotator does not know is refused, with its name and the key', async () => {
  const stages = [{ name: 'see', annotators: [{ use: 'test/a', options: { poisn: [3] } }] }]
  await expect(plan({ stages })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/annotator "a".*poisn/s),
  })
})

test('an annotator that is used twice is refused', async () => {
  const stages = [{ name: 'see', annotators: ['test/a', 'test/a'] }]
  await expect(plan({ stages })).rejects.toMatchObject({ message: expect.stringContaining('"a" twice') })
})

test('what computes a model changes neither its observations nor the run, only its queue', async () => {
  const [cpu, cuda] = [await plan(), await plan({ stages: staged({ use: 'test/a', provider: 'cuda' }) })]
  expect(digests(cuda)).toEqual(digests(cpu))
  expect(cuda.run).toBe(cpu.run)
  expect(cuda.annotators[0]).toMatchObject({ name: 'a', resource: 'gpu', entry: { provider: 'cuda' } })
})

test('a dtype that no file has is refused with those there are', async () => {
  await expect(plan({ stages: staged({ use: 'test/graphs', dtype: 'q4' }) })).rejects.toThrow(
    /"graphs" has no q4 of the graph "model" .*it has: fp32, fp16/,
  )
})

test('only the files of the chosen dtype are planned, and the choice is another annotator', async () => {
  const [full, half] = [
    await plan({ stages: staged({ use: 'test/graphs' }) }),
    await plan({ stages: staged({ use: 'test/graphs', dtype: { model: 'fp16' } }) }),
  ]
  expect(full.annotators[0]?.entry.files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx'])
  expect(half.annotators[0]?.entry.files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model_fp16.onnx'])
  expect(digests(full).graphs).not.toBe(digests(half).graphs)
})

test('an option that changes no answer leaves the observations as they are', async () => {
  const asked = (options: Record<string, unknown>) =>
    plan({
      stages: staged({ use: 'test/asker', options: { model: 'm', ...options } }),
    }).then((planned) => digests(planned).asker)
  const first = await asked({ concurrency: 2, url: 'http://one/v1' })
  expect(await asked({ concurrency: 9, url: 'http://other/v1', timeout_s: 5 })).toBe(first)
  expect(await asked({ concurrency: 2, model: 'another' })).not.toBe(first)
})

test('an optional annotator that lacks what it needs is left out with the reason; a required one is an error', async () => {
  const asker = { use: 'test/asker', required: false }
  const left = await plan({ stages: staged(asker) })
  expect(left.annotators.map(({ name }) => name)).toEqual(['b', 'words'])
  expect(left.left_out.asker).toMatch(/expected the name of a model/)
  const set = await plan({ stages: staged({ ...asker, options: { model: 'm' } }) })
  expect(set.left_out).toEqual({})
  expect(set.run).not.toBe(left.run)
  await expect(plan({ stages: staged('test/asker') })).rejects.toThrow(/expected the name of a model/)
})

/** What a checkpoint is planned from: the planner looks at names and digests only. */
function checkpointEntryNamed(name: string) {
  return packEntrySchema.parse({ name, annotator: 'florence2', family: 'florence2', licence: 'MIT', files: graphs })
}

test.each([...pipelines.values()])('the recipe $name can be planned with nothing set up', async (shipped) => {
  const planned = await planRun({
    pipeline: pipelineSchema.parse(shipped),
    registry: annotatorRegistry,
    findEntry: async (use) =>
      checkpointOf(use) ? checkpointEntryNamed(checkpointOf(use)?.name ?? '') : (await loadPackEntry(use)).entry,
    // As after a first pull: what the hub's files are cannot be known here.
    pinEntry: async (entry) => ({
      ...entry,
      files: entry.files.map((file) =>
        file.sha256 === undefined ? { ...file, sha256: '0'.repeat(64), bytes: 1 } : file,
      ),
    }),
    set: 'set-1',
    source: '/photos',
    labelDigest: null,
    version: 'test',
  })
  const names = pipelineSchema.parse(shipped).stages.flatMap(({ annotators }) => annotators.map(annotatorName))
  expect([...planned.annotators.map(({ name }) => name), ...Object.keys(planned.left_out)].sort()).toEqual(names.sort())
  expect(Object.keys(planned.left_out)).toEqual(shipped.name === 'fld5b' ? ['describe', 'detail'] : [])
})
