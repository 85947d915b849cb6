import type { Split } from '../../../schemas/image.js'
import { type ExportFormat, imageFiles, imageName, jsonLines, sampleTexts } from './export-format.js'

/**
 * One line for each sample, with the keys that fine-tuning tools for Florence-2 read, beside the images:
 * `train|valid|test/annotations.jsonl` with image, prefix and suffix, as Roboflow's maestro looks for them
 * (github.com/roboflow/maestro, maestro/trainer/common/datasets/core.py and jsonl.py).
 */
export const florence2Jsonl: ExportFormat = {
  of: 'samples',
  reading: () =>
    `\`<split>/annotations.jsonl\` has a line for each sample: \`image\`, a file beside it, \`prefix\`, the prompt, \`suffix\`, the target, and \`task\`, \`sample_id\`, \`weight\`. The split \`validation\` lies in \`valid\`. ${sampleTexts}`,
  shardFiles: (shard, options) => imageFiles(shard, { ...options, folder }),
  *wholeFiles(snapshot) {
    for (const split of snapshot.splits) {
      yield jsonLines(`${folder(split)}/annotations.jsonl`, split, {
        snapshot,
        lines: ({ annotated, samples }) =>
          samples.map(({ prompt, target, task, sample_id, weight }) => ({
            ...{ image: imageName(annotated.image), prefix: prompt, suffix: target },
            ...{ task, sample_id, weight },
          })),
      })
    }
  },
}

function folder(split: Split): string {
  return split === 'validation' ? 'valid' : split
}
