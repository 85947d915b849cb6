import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { pipelines } from '../../pipelines/index.js'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { annotatorName } from '../../schemas/annotator-use.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type Pipeline, pipelineSchema } from '../../schemas/pipeline.js'
import { assignSetting, parseSetting, type Setting } from './setting.js'

/**
 * The pipeline that `fld run` names: a recipe of pipelines/ or a YAML file, with `--set key=value` laid over it. Keys
 * are those of the pipeline (`consensus.min_votes=2`, `shard_size=64`), or `annotators.<name>.<option>` for an
 * annotator's own, by its name in the run. `lay` changes the recipe's pipeline before the settings do. Throws FldError `config_invalid` naming the file or `--set`, the key and what was allowed.
 */
export async function loadPipeline(
  nameOrFile: string,
  sets: readonly string[],
  lay?: (pipeline: Pipeline) => Pipeline,
): Promise<Pipeline> {
  const { recipe, origin, folder } = await findRecipe(nameOrFile)
  const settings = sets.map(parseSetting)
  const forPipeline = settings.filter(({ path }) => path[0] !== 'annotators')
  const edited = structuredClone(lay === undefined ? recipe : lay(parseRecipe(recipe, origin)))
  for (const setting of forPipeline) assignSetting(edited, setting)
  const laid = forPipeline.map(({ text }) => text).join(', ')
  const pipeline = parseRecipe(edited, laid === '' ? origin : `${origin} with ${laid}`)
  const annotators = settings.filter(({ path }) => path[0] === 'annotators')
  for (const setting of annotators) setAnnotatorOption(pipeline, setting)
  return folder === null ? pipeline : withAbsolutePacks(pipeline, folder)
}

function parseRecipe(recipe: unknown, where: string): Pipeline {
  const parsed = pipelineSchema.safeParse(recipe, { error: namesAllowedKeys })
  if (parsed.success) return parsed.data
  throw new FldError('config_invalid', `${where}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

interface Recipe {
  readonly recipe: unknown
  /** For messages. */
  readonly origin: string
  /** Of a user's file: pack paths in it are relative to this folder. */
  readonly folder: string | null
}

async function findRecipe(nameOrFile: string): Promise<Recipe> {
  const named = pipelines.get(nameOrFile)
  if (named) return { recipe: named, origin: `pipeline ${nameOrFile}`, folder: null }
  if (!/\.(ya?ml|json)$/.test(nameOrFile)) {
    const names = [...pipelines.keys()].join(', ')
    throw new FldError('config_invalid', `no pipeline "${nameOrFile}"; there are: ${names}, or a .yaml file`)
  }
  try {
    const recipe: unknown = parse(await readFile(nameOrFile, 'utf8'))
    return { recipe, origin: nameOrFile, folder: dirname(resolve(nameOrFile)) }
  } catch (cause) {
    throw new FldError('config_invalid', `cannot read the pipeline ${nameOrFile}: ${errorMessage(cause)}`, { cause })
  }
}

function setAnnotatorOption(pipeline: Pipeline, { path, value, text }: Setting): void {
  const [, name, ...option] = path
  const uses = pipeline.stages.flatMap((stage) => stage.annotators)
  const use = uses.find((each) => annotatorName(each) === name)
  if (!use || option.length === 0) {
    const names = uses.map(annotatorName).join(', ')
    throw new FldError('config_invalid', `${text}: write annotators.<name>.<option>=value; the names are: ${names}`)
  }
  assignSetting(use.options, { path: option, value, text })
}

function withAbsolutePacks(pipeline: Pipeline, folder: string): Pipeline {
  const stages = pipeline.stages.map((stage) => ({
    ...stage,
    annotators: stage.annotators.map((each) => ({
      ...each,
      use: each.use.startsWith('.') ? resolve(folder, each.use) : each.use,
    })),
  }))
  return { ...pipeline, stages }
}
