import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { PipelineRecipe } from '../../schemas/pipeline.js'
import { addCheckpoint } from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { referencePath } from '../reference-data.js'

/** Adds the tiny checkpoint as version 1, and as version 2 with settings of its own for decoding: it says something else. */
export async function addTinyCheckpoints(
  store: ObjectStore,
  { name, folder }: { name: string; folder: string },
): Promise<void> {
  const tiny = referencePath('golden/florence2/tiny')
  const paths = await readdir(tiny, { recursive: true })
  const files = new Map(paths.filter((path) => path.includes('.')).map((path) => [path, join(tiny, path)]))
  const addition = { name, source: 'golden/florence2/tiny', fromSnapshot: null, licence: 'none' }
  await addCheckpoint(store, { ...addition, files })
  const settings = JSON.parse(await readFile(join(tiny, 'generation_config.json'), 'utf8'))
  const greedy = join(folder, 'generation_config.json')
  await writeFile(greedy, JSON.stringify({ ...settings, num_beams: 1, no_repeat_ngram_size: 2 }))
  await addCheckpoint(store, { ...addition, files: new Map([...files, ['generation_config.json', greedy]]) })
}

/**
 * Writes a pipeline in which a checkpoint (`tiny`, `tiny@1`) stands in three stages, the first beside a small real
 * detector. Everything passes: what is looked at is who said it. Returns its path.
 */
export async function writeCheckpointPipeline(
  folder: string,
  { checkpoint, shardSize }: { checkpoint: string; shardSize: number },
): Promise<string> {
  const tiny = (as: string, annotator: string, tasks: string[]) => ({
    ...{ use: `checkpoint/${checkpoint}`, as, annotator },
    options: { tasks, max_new_tokens: 24 },
  })
  const recipe: PipelineRecipe = {
    name: 'tiny-florence2',
    shard_size: shardSize,
    batch_size: 2,
    stages: [
      {
        name: 'image',
        annotators: ['starter/nanodet', tiny('tiny', 'florence2', ['CAPTION', 'OD', 'OCR_WITH_REGION'])],
      },
      { name: 'regions', annotators: [tiny('tiny-regions', 'florence2Regions', ['REGION_TO_DESCRIPTION'])] },
      { name: 'texts', annotators: [tiny('tiny-texts', 'florence2Texts', ['CAPTION_TO_PHRASE_GROUNDING'])] },
    ],
    consensus: {
      ...{ min_votes: 1, score_threshold: 0, region_score: 0, solo_score: 0.3, unopposed_score: 0 },
      ...{ text_score: 0, text_box_score: 0, phrase_score: 0, phrase_box_score: 0 },
    },
  }
  const path = join(folder, `${checkpoint}.yaml`)
  await writeFile(path, stringify(recipe))
  return path
}
