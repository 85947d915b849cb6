import type { RejectRow } from '../../schemas/annotation.js'
import { type ImageRecord, imageIdOf, type RefusedImage, refusalReasons } from '../../schemas/image.js'
import type { Source } from '../consensus/index.js'

/** The reason of an image that an annotator the pipeline requires could not process. */
const unannotatable = 'required_annotator_failed'

/** Reasons that count as quarantine: the image was taken out for a fault. A duplicate has none. */
export const quarantineReasons: readonly string[] = [
  ...refusalReasons.filter((reason) => reason !== 'exact_duplicate'),
  unannotatable,
]

interface RowPlace {
  readonly shard: string
  readonly round: number
}

/** The reject row of a file that ingest refused. Its image_id is of its bytes, or empty where they could not be read. */
export function refusedRow(refused: RefusedImage, place: RowPlace): RejectRow {
  return {
    ...imageRow(place),
    image_id: refused.sha256 === null ? '' : imageIdOf(refused.sha256),
    stage: 'ingest',
    reason: refused.reason,
    rule: 'image_check',
    payload: JSON.stringify({ source: refused.source, sha256: refused.sha256, bytes: refused.bytes }),
    failed: JSON.stringify({ detail: refused.detail }),
  }
}

/**
 * The reject row of an image that a required annotator could not process: without that voice nothing is decided about
 * it. Null where all of them could.
 */
export function quarantineRow(
  question: RowPlace & {
    readonly image: ImageRecord
    readonly sources: readonly Source[]
    readonly required: ReadonlySet<string>
    /** Those that annotators are, by the annotators' names. */
    readonly checkpoints: (annotators: readonly string[]) => string[] | null
  },
): RejectRow | null {
  const { image, sources, required } = question
  const failed = sources.filter(({ annotator, failure }) => failure !== null && required.has(annotator))
  if (failed.length === 0) return null
  return {
    ...imageRow(question),
    checkpoints: question.checkpoints(failed.map(({ annotator }) => annotator)),
    image_id: image.image_id,
    stage: 'annotate',
    reason: unannotatable,
    rule: 'required_annotators',
    payload: JSON.stringify({ source: image.source, sha256: image.sha256, bytes: image.bytes }),
    failed: JSON.stringify(Object.fromEntries(failed.map(({ annotator, failure }) => [annotator, failure]))),
  }
}

function imageRow({ shard, round }: RowPlace) {
  return { shard, round, kind: 'image', support: [] as string[], checkpoints: null, votes: 0, score: 0 } as const
}
