import type { RejectRow, ShardAnnotations } from '../../../schemas/annotation.js'
import type { ImageRecord } from '../../../schemas/image.js'
import type { Observation } from '../../../schemas/observation.js'
import type { MergeRules } from '../../../schemas/round.js'

/** One annotator and what it said about one image. */
export interface Voice {
  readonly annotator: string
  readonly family: string
  readonly observations: readonly Observation[]
}

/** What the checkpoint of a round said about one image. */
export interface CheckpointVoice {
  /** `name@version`, as rows list it. */
  readonly label: string
  /** It as it was asked, stage by stage. */
  readonly voices: readonly Voice[]
  /** What its silence means something about: it was asked, and could answer. */
  readonly asked: { readonly objects: boolean; readonly text_regions: boolean; readonly phrases: boolean }
}

/** An image, what stands about it, and what the checkpoint and the specialists said. */
export interface ImageToMerge {
  readonly image: Pick<ImageRecord, 'image_id' | 'width' | 'height'>
  readonly shard: string
  readonly round: number
  /** Its rows in the round before. */
  readonly before: ShardAnnotations
  /** Its rows as consensus decides them over all sources, the checkpoint among them: where its texts have passed the filters. */
  readonly decided: ShardAnnotations
  readonly checkpoint: CheckpointVoice
  /** The annotators of the run that are no checkpoint: their low scores bear out what is proposed. */
  readonly specialists: readonly Voice[]
  readonly rules: MergeRules
}

/** What became of some of an image's rows. */
export interface Merged<Row> {
  readonly rows: readonly Row[]
  readonly rejects: readonly RejectRow[]
}
