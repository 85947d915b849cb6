import { basename } from 'node:path'
import { FldError } from '../../../schemas/errors.js'
import type { ImageRecord } from '../../../schemas/image.js'
import type { Observation } from '../../../schemas/observation.js'
import type { PlannedAnnotator, RunPlan } from '../../../schemas/run.js'
import { storeLayout } from '../../../schemas/store-layout.js'
import { vocabulary } from '../../../schemas/vocabularies/index.js'
import type { Source } from '../../../src/consensus/index.js'
import { readImageIndex } from '../../../src/dataset/image-set.js'
import { readManifest } from '../../../src/dataset/manifest.js'
import { readObservations } from '../../../src/dataset/observation-file.js'
import { readShardTable } from '../../../src/dataset/snapshot.js'
import { readPlan } from '../../../src/run/run-ledger.js'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import type { CocoTruth } from './coco-truth.js'
import type { LabelledBox, LabelledImage, LabelledSet } from './labelled-images.js'

interface RunName {
  readonly run: string
  readonly round: number
}

/**
 * What a finished run observed and committed on the labelled photographs, found by file name (COCO's are unique). Only
 * annotators that know labels are read. Throws where a photograph of the truth is not in the run.
 */
export async function readRunObservations(
  store: ObjectStore,
  { run, round }: RunName,
  truth: CocoTruth,
): Promise<LabelledSet> {
  const plan = await readPlan(store, run)
  const manifest = await readManifest(store, run, round)
  if (manifest === null)
    throw new FldError('run_missing', `round ${round} of run "${run}" in ${store.uri} is not closed`)
  const detectors = plan.annotators.filter(({ entry }) => entry.vocabulary !== null)
  const byName = new Map(truth.images.map((image) => [image.file_name, image.id]))
  const images: LabelledImage[] = []
  for (const shard of manifest.shards) {
    const rows = await readShardTable(store, shard, 'region_text')
    const said = await shardSources(store, plan, shard.shard, detectors)
    for (const record of await readImageIndex(store, plan.set, shard.shard)) {
      const coco_id = byName.get(basename(record.source))
      if (coco_id === undefined) continue
      const committed = rows.flatMap((row): LabelledBox[] =>
        row.image_id === record.image_id && row.label !== null
          ? [{ label: row.label, score: row.score, box: [row.x1, row.y1, row.x2, row.y2] }]
          : [],
      )
      images.push({ coco_id, image: record, sources: sourcesOf(record, detectors, said), committed })
    }
  }
  refuseMissing(truth, images, run)
  return { detectors: detectors.map((detector) => detector.name), images, config: plan.pipeline.consensus }
}

type ShardAnswers = ReadonlyMap<string, { observations: readonly Observation[]; failure: string | null }>

/** Observations of every detector on every image of a shard, by `<annotator> <image_id>`. */
async function shardSources(
  store: ObjectStore,
  plan: RunPlan,
  shard: string,
  detectors: readonly PlannedAnnotator[],
): Promise<ShardAnswers> {
  const answers = new Map<string, { observations: readonly Observation[]; failure: string | null }>()
  for (const { name, digest } of detectors) {
    const images = await readObservations(store, storeLayout.observations(plan.set, name, digest, shard))
    for (const { image_id, ...answer } of images) answers.set(`${name} ${image_id}`, answer)
  }
  return answers
}

function sourcesOf(record: ImageRecord, detectors: readonly PlannedAnnotator[], answers: ShardAnswers): Source[] {
  return detectors.map(({ name, entry }) => ({
    annotator: name,
    family: entry.family,
    vocabulary: typeof entry.vocabulary === 'string' ? vocabulary(entry.vocabulary) : entry.vocabulary,
    human: false,
    ...(answers.get(`${name} ${record.image_id}`) ?? { observations: [], failure: 'the annotator gave no answer' }),
  }))
}

function refuseMissing(truth: CocoTruth, images: readonly LabelledImage[], run: string): void {
  const found = new Set(images.map((image) => image.coco_id))
  const missing = truth.images.filter((image) => !found.has(image.id)).map((image) => image.file_name)
  if (missing.length === 0) return
  throw new FldError(
    'source_invalid',
    `run "${run}" has not all photographs of the truth: ${missing.length} of ${truth.images.length} are missing, the first is ${missing[0]}`,
    { details: { missing } },
  )
}
