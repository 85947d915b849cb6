import type { PipelineRecipe } from '../schemas/pipeline.js'

/** What a checkpoint is asked in a round: about the image, about the regions of the round before, about its texts. */
export const reannotationTasks = {
  image: [
    ...['CAPTION', 'DETAILED_CAPTION', 'MORE_DETAILED_CAPTION'],
    ...['OCR_WITH_REGION', 'OD', 'DENSE_REGION_CAPTION', 'REGION_PROPOSAL'],
  ],
  regions: ['REGION_TO_DESCRIPTION', 'REGION_TO_SEGMENTATION'],
  texts: ['CAPTION_TO_PHRASE_GROUNDING'],
} as const

/**
 * The stages of a round n in which the checkpoint `<name>@<version>` annotates again what is there. Each version has names of
 * its own in the rows' support: `base-v2-image`.
 */
export function reannotation(
  checkpoint: string,
  { tasks, decoding }: { readonly tasks: readonly string[]; readonly decoding: Readonly<Record<string, unknown>> },
): PipelineRecipe['stages'] {
  const stage = (of: keyof typeof reannotationTasks, annotator: string) => {
    const asked = reannotationTasks[of].filter((task) => tasks.includes(task))
    const as = `${checkpoint.replace('@', '-v')}-${of}`
    const use = { use: `checkpoint/${checkpoint}`, as, annotator, options: { ...decoding, tasks: [...asked] } }
    return asked.length === 0 ? [] : [{ name: of, annotators: [use] }]
  }
  return [...stage('image', 'florence2'), ...stage('regions', 'florence2Regions'), ...stage('texts', 'florence2Texts')]
}
