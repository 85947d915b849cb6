import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { AnnotationTable, ShardAnnotations } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import type { RunPlan } from '../../schemas/run.js'
import { manifestShards, readManifest } from '../../src/dataset/manifest.js'
import { readSnapshotTable } from '../../src/dataset/snapshot.js'
import { addCheckpoint, diffRounds } from '../../src/rounds/index.js'
import { failureItems } from '../../src/run/failure-items.js'
import { roundHistory } from '../../src/run/round-history.js'
import { readPlanOfRound, readRoundPlan } from '../../src/run/round-plan.js'
import { verifyRun } from '../../src/run/verify-run.js'
import { type Script, scripted, scriptedCheckpoint } from './scripted-annotators.js'
import { SmallRun, type ToneUse } from './small-run.js'

let small: SmallRun
afterEach(() => small.close())

const places = {
  cat: [2, 2, 12, 12],
  dog: [20, 2, 30, 12],
  cup: [2, 18, 8, 28],
  bird: [30, 18, 38, 28],
  chair: [14, 18, 24, 28],
  nowhere: [10, 10, 20, 20],
} as const satisfies Record<string, Box>

const object = (label: string, place: keyof typeof places, score: number): Observation => ({
  ...{ kind: 'object', label, score, box: places[place] },
})
const caption = (granularity: 'brief' | 'detailed', text: string): Observation => ({
  ...{ kind: 'caption', granularity, text, score: 0.9, phrases: [] },
})

/** Two specialists: they agree on a cat, one alone saw a dog, a cup and a bird, the other has seen two things but hardly. */
const specialists: readonly ToneUse[] = [
  {
    ...{ name: 'a', annotator: 'scripted' },
    options: {
      says: [
        object('cat', 'cat', 0.9),
        object('dog', 'dog', 0.55),
        object('cup', 'cup', 0.5),
        object('bird', 'bird', 0.5),
        caption('brief', 'a cat and a bird'),
      ],
    },
  },
  {
    ...{ name: 'b', annotator: 'scripted' },
    options: { says: [object('cat', 'cat', 0.9), object('horse', 'dog', 0.1), object('chair', 'chair', 0.1)] },
  },
]

const first: Script = {
  image: [
    ...[object('cat', 'cat', 0.6), object('horse', 'dog', 0.5), object('bird', 'bird', 0.4)],
    ...[object('chair', 'chair', 0.5), object('car', 'nowhere', 0.5)],
    ...[caption('brief', 'a cat and a bird'), caption('detailed', 'A cat sits on the left and a bird on the right.')],
  ],
  regions: { cat: 'a small grey cat' },
  phrases: { 'a cat': [2, 2, 12, 12], 'a bird': [10, 10, 20, 20] },
}
const second: Script = { image: [object('cat', 'cat', 0.6)], regions: {}, phrases: {} }

async function addVersion(script: Script): Promise<void> {
  const config = join(small.folder, 'config.json')
  await writeFile(config, JSON.stringify({ model_type: 'florence2', ...script }))
  const graphs = ['vision_encoder', 'embed_tokens', 'encoder_model', 'decoder_model_merged']
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json']
  // The layout is Florence-2's; the annotators under test read config.json alone.
  const layout = new Map([...files, ...graphs.map((graph) => `onnx/${graph}.onnx`)].map((path) => [path, config]))
  await addCheckpoint(small.store, {
    name: 'base',
    files: layout,
    source: 'a test',
    fromSnapshot: null,
    licence: 'MIT',
  })
}

async function rows<Table extends AnnotationTable>(
  plan: RunPlan,
  round: number,
  table: Table,
): Promise<ShardAnnotations[Table][number][]> {
  const manifest = await readManifest(small.store, plan.run, round)
  if (manifest === null) throw new Error(`round ${round} is not closed: ${small.log.join('; ')}`)
  return collected(readSnapshotTable(small.store, manifestShards(small.store, manifest), table))
}

async function collected<Row>(found: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = []
  for await (const row of found) list.push(row)
  return list
}

/** What each round after the first changed, for each row before, and how far its checkpoint agreed. */
async function history(plan: RunPlan) {
  const [specialists, ...steps] = await roundHistory(small.store, plan, { signal: new AbortController().signal })
  expect(specialists).toMatchObject({ round: 0, step: null, current: false })
  return steps.map(({ round, step }) => [round, step?.checkpoint, step?.churn.shares, step?.agreement, step?.verdict])
}

test('over two rounds of two checkpoints every rule of the merge acts, and every row says on whom it stands', async () => {
  small = await SmallRun.open([10, 200])
  small.modules = [scripted, ...scriptedCheckpoint()] as SmallRun['modules']
  small.startWorker()
  const consensus = { min_votes: 1, region_score: 0.3, solo_score: 0.3, unopposed_score: 0.3 }
  const plan = await small.plan(specialists, { consensus, shardSize: 1 })
  await small.run(plan)
  const labels = async (round: number) => (await rows(plan, round, 'region_text')).map(({ label }) => label).sort()
  expect(await labels(0)).toEqual(['bird', 'cat', 'cup', 'dog'].flatMap((label) => [label, label]))

  await addVersion(first)
  expect(await small.round(plan, { name: 'base', version: 1 }), small.log.join()).toMatchObject({ round: 1, images: 2 })
  const [image] = await rows(plan, 1, 'text')
  const of = <Row extends { image_id: string }>(all: readonly Row[]) =>
    all.filter(({ image_id }) => image_id === image?.image_id)
  const seen = of(await rows(plan, 1, 'region_text')).map((row) => [
    ...[row.label, row.rule.startsWith('round_') ? row.rule : 'as it was', row.votes],
    ...[row.support.join(' '), row.checkpoints?.join() ?? null, row.brief_text],
  ])
  expect(seen.sort()).toEqual([
    ['bird', 'as it was', 1, 'a base-v1-image', 'base@1', null],
    ['cat', 'as it was', 2, 'a b base-v1-image base-v1-regions', 'base@1', 'a small grey cat'],
    ['chair', 'round_borne_out', 1, 'b base-v1-image', 'base@1', null],
    ['horse', 'round_relabelled', 1, 'b base-v1-image', 'base@1', null],
  ])
  expect(of(await rows(plan, 1, 'text')).map((row) => [row.text, row.rule, row.support.join(' ')])).toEqual([
    ['a cat and a bird', 'valid_text', 'a base-v1-image'],
    ['A cat sits on the left and a bird on the right.', 'round_fills', 'base-v1-image'],
  ])
  expect(
    of(await rows(plan, 1, 'phrase_region')).map((row) => [row.phrase, row.rule, row.votes, row.support.join()]),
  ).toEqual([['a cat', 'round_borne_out', 2, 'a,b,base-v1-image,base-v1-texts']])
  const why = of(await rows(plan, 1, 'rejects')).map(({ kind, reason }) => `${kind} ${reason}`)
  expect(why.sort()).toEqual(['object checkpoint_silent', 'object not_borne_out', 'phrase not_borne_out'])

  await addVersion(second)
  expect(await small.round(plan, { name: 'base', version: 2 })).toMatchObject({ round: 2 })
  // What stood on one family and a low score does not outlive the silence of the second; the triplet's region stays.
  expect(await labels(2)).toEqual(['cat', 'cat'])
  const [cat] = await rows(plan, 2, 'region_text')
  expect(cat).toMatchObject({ checkpoints: ['base@1', 'base@2'], brief_text: 'a small grey cat', round: 2 })
  const sides = { before: { plan, round: 1 }, after: { plan, round: 2 } }
  const { signal } = new AbortController()
  const { tables } = await diffRounds({ store: small.store, ...sides, tables: ['region_text'], examples: 1, signal })
  expect(tables.region_text?.changes).toMatchObject({ added: 0, dropped: 6, relabelled: 0 })
  // Asked again, it has nothing to add.
  expect(await small.round(plan, { name: 'base', version: 2 })).toMatchObject({ round: 3 })
  expect(await history(plan)).toEqual([
    [1, 'base@1', { added: 0.6, dropped: 0.2, moved: 0, relabelled: 0.2, retexted: 0.2 }, 1 / 2, null],
    [2, 'base@2', { added: 0, dropped: 6 / 14, moved: 0, relabelled: 0, retexted: 0 }, 1 / 4, null],
    // Rows name the same version already: whether it saw them again nobody can tell.
    [3, 'base@2', { added: 0, dropped: 0, moved: 0, relabelled: 0, retexted: 0 }, null, 'steady'],
  ])
  for (const round of [0, 1, 2, 3]) {
    const onViolation = ({ what }: { what: string }) => expect.unreachable(what)
    expect(await verifyRun(small.store, { plan, round, onViolation })).toMatchObject({ violations: 0, committed: 2 })
  }
}, 60_000)

test('an image that the checkpoint failed at keeps its rows; a retry of the round merges it, as a revision that the next round stands on', async () => {
  small = await SmallRun.open([10, 200])
  const ids: string[] = []
  let well = false
  const judge = (image: string) => {
    if (!well && image === ids[0]) throw new Error('the decoder lost its thread')
  }
  small.modules = [scripted, ...scriptedCheckpoint(judge)] as SmallRun['modules']
  small.startWorker()
  const consensus = { min_votes: 1, region_score: 0.3, solo_score: 0.3, unopposed_score: 0.3 }
  const plan = await small.plan(specialists, { consensus, shardSize: 2 })
  await small.run(plan)
  const regionsOf = async (image: string | undefined, round: number) =>
    (await rows(plan, round, 'region_text'))
      .filter(({ image_id }) => image_id === image)
      .map(({ label, checkpoints, brief_text }) => [label, checkpoints, brief_text])
      .sort()
  ids.push(...new Set((await rows(plan, 0, 'region_text')).map(({ image_id }) => image_id)))
  expect(ids).toHaveLength(2)
  const [failed, other] = ids
  const specialistsAlone = await regionsOf(failed, 0)

  await addVersion(first)
  expect(await small.round(plan, { name: 'base', version: 1 })).toMatchObject({ round: 1, revision: 0, images: 2 })
  expect(await regionsOf(failed, 1)).toEqual(specialistsAlone)
  expect(await regionsOf(other, 1)).not.toEqual(specialistsAlone)
  const own = await readPlanOfRound(small.store, { run: plan.run, round: 1 })
  const failures = () => collected(failureItems(small.store, { plan: own, round: 1 }))
  const about = { kind: 'image', image_id: failed, reason: 'annotator_failed', retriable: true }
  expect(await failures()).toEqual(
    ['image', 'regions', 'texts'].map((stage) =>
      expect.objectContaining({ ...about, annotator: `base-v1-${stage}`, message: 'the decoder lost its thread' }),
    ),
  )

  well = true
  const everything = { causes: [], shards: [], images: [] }
  expect((await small.retry(plan, everything, 1)).manifest).toMatchObject({ round: 1, revision: 1, images: 2 })
  expect(await failures()).toEqual([])
  expect(await regionsOf(failed, 1)).toEqual(await regionsOf(other, 1))
  expect(await regionsOf(failed, 0)).toEqual(specialistsAlone)
  const [[, , churn]] = (await history(plan)) as [[number, string, Record<string, number>]]
  expect(churn).toMatchObject({ added: 0.6, dropped: 0.2 })

  await addVersion(second)
  expect(await small.round(plan, { name: 'base', version: 2 })).toMatchObject({ round: 2 })
  const next = await readRoundPlan(small.store, { run: plan.run, round: 2 })
  expect(next?.before).toMatchObject({ round: 1, revision: 1 })
  for (const round of [0, 1, 2]) {
    const onViolation = ({ what }: { what: string }) => expect.unreachable(what)
    expect(await verifyRun(small.store, { plan, round, onViolation })).toMatchObject({ violations: 0, committed: 2 })
  }
}, 60_000)
