import { type ExportFormat, imageFiles, imageName, jsonLines } from './export-format.js'

/**
 * One line for each sample, with the keys that fine-tuning tools for Florence-2 read (Roboflow's maestro: image, prefix,
 * suffix), beside the images: `<split>/annotations.jsonl`.
 */
export const florence2Jsonl: ExportFormat = {
  shardFiles: imageFiles,
  *wholeFiles(snapshot) {
    for (const split of snapshot.splits) {
      yield jsonLines(`${split}/annotations.jsonl`, split, {
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
