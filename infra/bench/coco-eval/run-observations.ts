import { FldError } from '../../../schemas/errors.js'
import { readShardTable } from '../../../src/dataset/snapshot.js'
import { type CocoTruth, imagesByName } from '../../../src/run/coco-truth.js'
import { observedShards } from '../../../src/run/observed-shards.js'
import { readPlan } from '../../../src/run/run-ledger.js'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import type { LabelledBox, LabelledImage, LabelledSet } from './labelled-images.js'

interface RunName {
  readonly run: string
  readonly round: number
}

/**
 * What a run observed and committed on the labelled photographs, found by file name. Only annotators that name objects are
 * read. Throws where a photograph of the truth is not in the run, and where two have one file name.
 */
export async function readRunObservations(
  store: ObjectStore,
  { run, round }: RunName,
  truth: CocoTruth,
): Promise<LabelledSet> {
  const plan = await readPlan(store, run)
  const labelled = imagesByName(truth)
  const images: LabelledImage[] = []
  for await (const shard of observedShards({ store, plan, round, signal: new AbortController().signal })) {
    const rows = await readShardTable(store, shard.commit, 'region_text')
    for (const { record, sources } of shard.images) {
      const known = labelled.find(record)
      if (known === undefined) continue
      const committed = rows.flatMap((row): LabelledBox[] =>
        row.image_id === record.image_id && row.label !== null && row.is_group !== true
          ? [{ label: row.label, score: row.score, box: [row.x1, row.y1, row.x2, row.y2] }]
          : [],
      )
      const { id, file_name, part = null } = known
      images.push({ coco_id: id, file_name, part, image: record, sources, committed })
    }
  }
  refuseMissing(truth, images, run)
  const heard = new Set(images.flatMap(({ sources }) => sources.map(({ annotator }) => annotator)))
  return { detectors: [...heard].sort(), images, config: plan.pipeline.consensus }
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
