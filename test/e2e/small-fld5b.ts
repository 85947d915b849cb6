import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { PackEntry } from '../../schemas/pack.js'
import type { PipelineRecipe } from '../../schemas/pipeline.js'
import { referencePath } from '../reference-data.js'

/** Folders that `folder:` sources of the pack are looked up in. */
export const modelFolders = ['models', 'golden/specialists']
/** Reference data that the small pipeline stands on. */
export const referenceNeeds = [...modelFolders, 'photos/coco_mini']

const tokenizer = ['tokenizer.json', 'tokenizer_config.json']
const processor = ['config.json', 'preprocessor_config.json']

/**
 * The roles of fld5b that have no small real weights: tiny random graphs in the layout of the hub's repositories. They see
 * something everywhere, so the grounding models are held to the best three boxes of a text.
 */
const tinyModels: readonly (Pick<PackEntry, 'name' | 'annotator' | 'options'> & { folder: string; files: string[] })[] =
  [
    {
      name: 'dfine',
      folder: 'dfine',
      annotator: 'detect',
      files: [...processor, 'onnx/model.onnx'],
      options: { decoder: 'set-prediction', score_min: 0.5 },
    },
    {
      name: 'rtdetr',
      folder: 'rtdetrv2',
      annotator: 'detect',
      files: [...processor, 'onnx/model.onnx'],
      options: { decoder: 'set-prediction', score_min: 0.5 },
    },
    {
      name: 'grounding-dino',
      folder: 'grounding-dino',
      annotator: 'ground',
      files: [...processor, ...tokenizer, 'onnx/model.onnx'],
      options: { model: 'grounding-dino', max_per_text: 3 },
    },
    {
      name: 'owlv2',
      folder: 'owlv2',
      annotator: 'ground',
      files: [...processor, ...tokenizer, 'onnx/model.onnx'],
      options: { model: 'owlv2', max_per_text: 3 },
    },
    {
      name: 'sam',
      folder: 'sam',
      annotator: 'segment',
      files: [...processor, 'onnx/vision_encoder.onnx', 'onnx/prompt_encoder_mask_decoder.onnx'],
      options: { model: 'sam' },
    },
    {
      name: 'siglip',
      folder: 'siglip',
      annotator: 'similarity',
      files: [...processor, ...tokenizer, 'onnx/text_model.onnx', 'onnx/vision_model.onnx'],
      options: { logit_scale: 7.389056205749512, logit_bias: -3 },
    },
  ]

/** Every role of fld5b in its order; detectors without real weights look but do not vote. */
const recipe: PipelineRecipe = {
  name: 'small-fld5b',
  shard_size: 8,
  batch_size: 4,
  stages: [
    {
      name: 'specialists',
      annotators: [
        'coco-small/yolox-nano',
        'coco-small/picodet-s',
        'coco-small/deimv2-femto',
        './small-pack.json/dfine',
        './small-pack.json/rtdetr',
        'starter/ppocr',
      ],
    },
    { name: 'captions', annotators: ['starter/template-caption', './small-pack.json/caption-vlm'] },
    { name: 'details', annotators: ['fld5b/describe', 'fld5b/detail'] },
    { name: 'grounding', annotators: ['./small-pack.json/grounding-dino', './small-pack.json/owlv2'] },
    {
      name: 'masks',
      annotators: ['./small-pack.json/sam', 'coco-small/deeplabv3', './small-pack.json/siglip'],
    },
  ],
  consensus: { sources: { dfine: { threshold: 1 }, rtdetr: { threshold: 1 } } },
}

/** The annotators of the recipe, by name. */
export const annotatorNames = recipe.stages.flatMap(({ annotators }) =>
  annotators.map((use) => String(use).slice(String(use).lastIndexOf('/') + 1)),
)

/** Writes the pack and the pipeline into a folder. Returns the pipeline's path. */
export async function writeSmallFld5b(folder: string): Promise<string> {
  const entries = await Promise.all(
    tinyModels.map(async ({ folder: model, files, ...entry }) => ({
      ...entry,
      family: entry.name,
      licence: 'none',
      files: await Promise.all(files.map((path) => pinnedFile(model, path))),
    })),
  )
  const captioner = { name: 'caption-vlm', annotator: 'caption-vlm', family: 'endpoint', licence: 'none' }
  const pack = { name: 'small', description: 'tiny graphs', entries: [...entries, captioner] }
  await writeFile(join(folder, 'small-pack.json'), JSON.stringify(pack))
  const pipeline = join(folder, 'small-fld5b.yaml')
  await writeFile(pipeline, stringify(recipe))
  return pipeline
}

async function pinnedFile(model: string, path: string) {
  const bytes = await readFile(referencePath(`golden/specialists/${model}/${path}`))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { path, sha256, bytes: bytes.byteLength, sources: [`folder:${model}/${path}`] }
}

/** Copies the first photographs of COCO's validation set, in the order of their names. */
export async function copyPhotographs(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const photographs = referencePath('photos/coco_mini/val2017')
  const names = (await readdir(photographs)).filter((name) => name.endsWith('.jpg')).sort()
  for (const name of names.slice(0, count)) await copyFile(join(photographs, name), join(folder, name))
}
