import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipelineSchema } from '../../schemas/pipeline.js'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import { bindCheckpoints, type CheckpointVersion } from '../../src/run/bind-checkpoints.js'
import { checkpointsAmong } from '../../src/run/shard-checkpoints.js'

const pipeline = pipelineSchema.parse({
  name: 'three-stages',
  stages: [
    { name: 'see', annotators: ['test/net', 'checkpoint/base', 'checkpoint/fixed@4'] },
    { name: 'say', annotators: [{ use: 'checkpoint/base', as: 'base-regions' }, 'test/words', 'test/sky'] },
    { name: 'check', annotators: ['test/similarity'] },
  ],
})
const needs: Readonly<Record<string, string>> = { 'base-regions': 'regions', words: 'regions', similarity: 'texts' }
const checkpoints: Readonly<Record<string, unknown>> = {
  base: { name: 'base', version: null },
  'base-regions': { name: 'base', version: null },
  fixed: { name: 'fixed', version: 4 },
}

const plan: RunPlan = runPlanSchema.parse({
  ...{ run: 'r', set: 's', source: '/photos', label_digest: null, digest: 'd', created_at: '', version: 'test' },
  pipeline,
  annotators: pipeline.stages.flatMap(({ name: stage, annotators }) =>
    annotators.map(({ use, as }) => {
      const name = as ?? use.replace(/^.*\/|@.*$/g, '')
      const entry = { name, annotator: 'any', family: name, licence: 'none' }
      const said = { needs: needs[name] ?? 'image', checkpoint: checkpoints[name] ?? null, digest: `digest-${name}` }
      return { name, use, required: true, stage, resource: 'cpu', ...said, entry }
    }),
  ),
})

function version(number: number, files = ['config.json', 'onnx/model.onnx']): CheckpointVersion {
  return {
    version: number,
    dtype: 'fp32',
    files: files.map((path) => ({
      path,
      sha256: String(number).repeat(64).slice(0, 64),
      bytes: 1,
      sources: ['s3://b/k'],
    })),
  }
}

const bound = (number: number) => bindCheckpoints(plan, new Map([['base', version(number)]]))
const digests = ({ annotators }: RunPlan) => Object.fromEntries(annotators.map(({ name, digest }) => [name, digest]))

test('a bound plan has the files and digests of its version; what sees its regions follows, nothing else does', () => {
  const [one, two, three] = [plan, bound(1), bound(2)].map(digests)
  for (const [before, after] of [
    [one, two],
    [two, three],
  ]) {
    const moved = Object.keys(before ?? {}).filter((name) => before?.[name] !== after?.[name])
    expect(moved).toEqual(['base', 'base-regions', 'words', 'similarity'])
  }
  const base = bound(2).annotators.filter(({ name }) => name.startsWith('base'))
  for (const { entry, checkpoint } of base) {
    expect(checkpoint).toEqual({ name: 'base', version: 2 })
    expect(entry.files.map(({ sha256 }) => sha256[0])).toEqual(['2', '2'])
  }
  expect(bound(2).digest).toBe(plan.digest)
})

test('binding is pure, and binding again changes nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (one, other) => {
      expect(bound(one)).toEqual(bound(one))
      expect(digests(bound(one)).similarity === digests(bound(other)).similarity).toBe(one === other)
      expect(bindCheckpoints(bound(one), new Map([['base', version(other)]]))).toEqual(bound(one))
    }),
  )
})

test('the order of the files of a version means nothing', () => {
  const turned = bindCheckpoints(plan, new Map([['base', version(1, ['onnx/model.onnx', 'config.json'])]]))
  expect(digests(turned)).toEqual(digests(bound(1)))
})

test('only the files of the dtype count, as the pipeline or else the version has it; a lack is refused', () => {
  const files = ['config.json', 'onnx/model.onnx', 'onnx/model_fp16.onnx']
  const picked = ({ annotators }: RunPlan) =>
    annotators.filter(({ checkpoint }) => checkpoint?.name === 'base').map(({ entry }) => entry.files.at(-1)?.path)
  const full = bindCheckpoints(plan, new Map([['base', version(1, files)]]))
  const half = bindCheckpoints(plan, new Map([['base', { ...version(1, files), dtype: 'fp16' as const }]]))
  expect(picked(full)).toEqual(['onnx/model.onnx', 'onnx/model.onnx'])
  expect(picked(half)).toEqual(['onnx/model_fp16.onnx', 'onnx/model_fp16.onnx'])
  expect(digests(half).base).not.toBe(digests(full).base)
  const [see, ...later] = plan.pipeline.stages
  if (!see) throw new Error('no stage')
  const choosing = { ...see, annotators: see.annotators.map((use) => ({ ...use, dtype: 'fp16' as const })) }
  const chosen = { ...plan, pipeline: { ...plan.pipeline, stages: [choosing, ...later] } }
  expect(picked(bindCheckpoints(chosen, new Map([['base', version(1, files)]])))).toEqual([
    'onnx/model_fp16.onnx',
    'onnx/model.onnx',
  ])
  expect(() => bindCheckpoints(chosen, new Map([['base', version(1)]]))).toThrow(/has no fp16 .*it has: fp32/)
})

test('a followed checkpoint without a version is an error, and a plan that follows none needs none', () => {
  expect(() => bindCheckpoints(plan, new Map())).toThrow(/annotator "base": no version of checkpoint "base"/)
  const fixed = { ...plan, annotators: plan.annotators.filter(({ checkpoint }) => checkpoint?.version !== null) }
  expect(bindCheckpoints(fixed, new Map())).toBe(fixed)
})

test('the checkpoints among annotators are named once each, sorted; none where none is one', () => {
  const among = checkpointsAmong(bound(2))
  expect(among(['base', 'base-regions', 'net', 'fixed'])).toEqual(['base@2', 'fixed@4'])
  expect(among(['net', 'words'])).toBeNull()
  expect(among([])).toBeNull()
})
