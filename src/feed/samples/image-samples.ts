import type { FeedOptions, LeftOut, Sample } from '../../../schemas/feed.js'
import type { AnnotatedImage } from './annotated-image.js'
import type { CountTokens } from './count-tokens.js'
import { objectDrafts, singleObjects } from './object-drafts.js'
import { halfMasked, maskDrafts, readingDrafts, regionDrafts } from './region-drafts.js'
import { type DraftItem, finishSample, type SampleDraft, type SampleSetting, weightOf } from './sample-draft.js'
import { captionDrafts, groundingDrafts } from './text-drafts.js'

/** What an image gives for training, and what of its rows is in no sample. */
export interface ImageSamples {
  readonly samples: readonly Sample[]
  readonly left_out: readonly LeftOut[]
}

/**
 * All samples of an image, task by task, in Florence-2's own format: prompts byte for byte, places as location tokens, each
 * target read back by the model's parser to the rows it was made of. Pure; the order of the rows does not matter but for
 * rows that are equal. Nothing of an image whose split was not asked for.
 */
export function imageSamples(
  annotated: AnnotatedImage,
  { options, countTokens }: { options: FeedOptions; countTokens: CountTokens },
): ImageSamples {
  const { image } = annotated
  if (!options.splits.includes(image.split)) return { samples: [], left_out: [] }
  const setting = { image, options, countTokens }
  const [reading, located] = readingDrafts(annotated)
  const finished = [
    ...finishAll([...captionDrafts(annotated), ...regionDrafts(annotated), ...maskDrafts(annotated), reading], setting),
    ...finishAll([...objectDrafts(annotated), ...groundingDrafts(annotated)], setting),
    ...finishAll([located], setting),
  ]
  return {
    samples: finished.flatMap(({ sample }) => sample ?? []).sort((a, b) => (a.sample_id < b.sample_id ? -1 : 1)),
    left_out: [
      ...groups(annotated, options),
      ...bareRegions(annotated, options),
      ...finished.flatMap(({ left_out }) => left_out),
    ],
  }
}

function finishAll<Item extends DraftItem>(drafts: readonly SampleDraft<Item>[], setting: SampleSetting) {
  return drafts
    .filter(({ task, granularity }) => weightOf(setting.options, task, granularity) > 0)
    .map((draft) => finishSample(draft, setting))
}

/** Boxes around many things are in no detection. */
function groups(annotated: AnnotatedImage, options: FeedOptions): LeftOut[] {
  if (weightOf(options, 'OD') === 0) return []
  const single = new Set(singleObjects(annotated))
  return annotated.region_text
    .filter((row) => row.kind === 'object' && !single.has(row))
    .map((row) => ({ image_id: row.image_id, task: 'OD', reason: 'group_box', source: row.region_id }))
}

/** Regions for whose want of a mask a phrase is not asked for. */
function bareRegions(annotated: AnnotatedImage, options: FeedOptions): LeftOut[] {
  const task = 'REFERRING_EXPRESSION_SEGMENTATION'
  if (weightOf(options, task) === 0) return []
  const { image_id } = annotated.image
  return halfMasked(annotated).map(({ source }) => ({ image_id, task, reason: 'mask_missing', source }))
}
