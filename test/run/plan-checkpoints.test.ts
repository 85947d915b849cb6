import { expect, test } from 'vitest'
import { checkpointOf } from '../../schemas/annotator-use.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { type PipelineRecipe, pipelineSchema } from '../../schemas/pipeline.js'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { lockEntry } from '../../src/models/packs/lock-entry.js'
import { bindCheckpoints } from '../../src/run/bind-checkpoints.js'
import { planRun } from '../../src/run/plan-run.js'
import { caption } from '../../workers/caption/index.js'
import { toneAnnotator } from './tone-annotator.js'

const tone = toneAnnotator([]) as AnnotatorModule
const registry = new Map<string, AnnotatorModule>([
  ['florence2', { ...tone, name: 'florence2' }],
  ['florence2Regions', { ...tone, name: 'florence2Regions', needs: 'regions' }],
  ['caption', caption as AnnotatorModule],
])

/** The files of a version; the planner looks at their names and digests only. */
function filesOf(version: number) {
  return ['config.json', 'onnx/model.onnx', 'onnx/model_fp16.onnx'].map((path) => ({
    ...{ path, sha256: String(version).repeat(64), bytes: 1, sources: [`s3://b/${version}/${path}`] },
  }))
}

type Use = PipelineRecipe['stages'][number]['annotators'][number]

/** Plans over a store in which `current` is a version. */
function plan(stages: readonly (readonly Use[])[], current = 1): Promise<RunPlan> {
  return planRun({
    pipeline: pipelineSchema.parse({
      name: 'checkpoints',
      stages: stages.map((annotators, index) => ({ name: `stage-${index}`, annotators: [...annotators] })),
    }),
    registry,
    findEntry: async (use) => {
      const checkpoint = checkpointOf(use)
      const name = checkpoint?.name ?? 'words'
      const files = checkpoint === null ? [] : filesOf(checkpoint.version ?? current)
      const annotator = checkpoint === null ? 'caption' : 'florence2'
      return packEntrySchema.parse({ name, annotator, family: annotator, licence: 'MIT', files })
    },
    pinEntry: (entry) => lockEntry(entry, { cache: '/nowhere' }),
    set: 'set-1',
    source: '/photos',
    labelDigest: null,
    version: 'test',
  })
}

const digests = ({ annotators }: RunPlan) => annotators.map(({ digest }) => digest)

test('what follows `current` is planned without files: the run stays the same when `current` moves', async () => {
  const stages: Use[][] = [['checkpoint/base'], ['test/words']]
  const [one, two] = [await plan(stages, 1), await plan(stages, 2)]
  expect({ ...two, created_at: '' }).toEqual({ ...one, created_at: '' })
  expect(one.annotators[0]).toMatchObject({
    ...{ name: 'base', use: 'checkpoint/base', checkpoint: { name: 'base', version: null } },
    entry: { annotator: 'florence2', family: 'florence2', files: [] },
  })
  expect(one.annotators[1]?.checkpoint).toBeNull()
})

test('a version is planned with its files, and another is another run', async () => {
  const [one, two] = [await plan([['checkpoint/base@1']]), await plan([['checkpoint/base@2']])]
  expect(one.annotators[0]).toMatchObject({ name: 'base', checkpoint: { name: 'base', version: 1 } })
  expect(one.annotators[0]?.entry.files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx'])
  expect(two.run).not.toBe(one.run)
})

test('bound to a version, one that follows says the same as one that names it', async () => {
  const versions = new Map([['base', { version: 2, files: filesOf(2), dtype: 'fp32' as const }]])
  const bound = bindCheckpoints(await plan([['checkpoint/base']]), versions)
  expect(digests(bound)).toEqual(digests(await plan([['checkpoint/base@2']])))
})

test('module, options and dtype are part of what follows', async () => {
  const variants: Use[] = [
    'checkpoint/base',
    { use: 'checkpoint/base', annotator: 'florence2Regions' },
    { use: 'checkpoint/base', options: { poison: [3] } },
    { use: 'checkpoint/base', dtype: 'fp16' },
    'checkpoint/large',
  ]
  const plans = await Promise.all(variants.map((use) => plan([[use]])))
  expect(new Set(plans.flatMap(digests)).size).toBe(variants.length)
  expect(plans.map(({ annotators }) => annotators[0]?.needs)).toEqual(['image', 'regions', 'image', 'image', 'image'])
})

test('one checkpoint stands in several stages under names of its own; one name stands once', async () => {
  const again: Use = { use: 'checkpoint/base', annotator: 'florence2Regions', as: 'base-regions' }
  const planned = await plan([['checkpoint/base'], [again]])
  expect(planned.annotators.map(({ name }) => name)).toEqual(['base', 'base-regions'])
  await expect(plan([['checkpoint/base'], ['checkpoint/base']])).rejects.toThrow(/uses the annotator "base" twice/)
})

test('two versions of a checkpoint in one pipeline are refused', async () => {
  await expect(plan([['checkpoint/base', { use: 'checkpoint/base@1', as: 'before' }]])).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(
      /uses checkpoint "base" as checkpoint\/base and as checkpoint\/base@1; a run has one/,
    ),
  })
})

test('a dtype that the checkpoint lacks is told before anything starts, also where it follows', async () => {
  await expect(plan([[{ use: 'checkpoint/base', dtype: 'q4' }]])).rejects.toThrow(/has no q4 .*it has: fp32, fp16/)
})

test('a plan from before there were checkpoints is read', async () => {
  const planned = await plan([['test/words']])
  const { checkpoint: _, ...before } = planned.annotators[0] ?? {}
  expect(runPlanSchema.parse({ ...planned, annotators: [before] })).toEqual(planned)
})
