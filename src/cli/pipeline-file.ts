import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { pipelines } from '../../pipelines/index.js'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { annotatorName } from '../../schemas/annotator-use.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type Pipeline, pipelineSchema } from '../../schemas/pipeline.js'

/**
 * The pipeline that `fld run` names: a recipe of pipelines/ or a YAML file, with `--set key=value` laid over it. Keys
 * are those of the pipeline (`consensus.min_votes=2`, `shard_size=64`), or `annotators.<name>.<option>` for an
 * annotator's own, by its name in the run. Throws FldError `config_invalid` naming the file or `--set`, the key and what was allowed.
 */
export async function loadPipeline(nameOrFile: string, sets: readonly string[]): Promise<Pipeline> {
  const { recipe, origin, folder } = await findRecipe(nameOrFile)
  const settings = sets.map(parseSetting)
  const forPipeline = settings.filter(({ path }) => path[0] !== 'annotators')
  const edited = structuredClone(recipe)
  for (const { path, value, text } of forPipeline) assign(edited, path, value, text)
  const parsed = pipelineSchema.safeParse(edited, { error: namesAllowedKeys })
  if (!parsed.success) {
    const where = forPipeline.length > 0 ? `${origin} with ${forPipeline.map(({ text }) => text).join(', ')}` : origin
    throw new FldError('config_invalid', `${where}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
  }
  const annotators = settings.filter(({ path }) => path[0] === 'annotators')
  for (const setting of annotators) setAnnotatorOption(parsed.data, setting)
  return folder === null ? parsed.data : withAbsolutePacks(parsed.data, folder)
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

interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
  readonly text: string
}

function parseSetting(text: string): Setting {
  const equals = text.indexOf('=')
  const path = text.slice(0, Math.max(equals, 0)).split('.')
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw new FldError('config_invalid', `--set ${text}: write key=value, as in consensus.min_votes=2`)
  }
  try {
    return { path, value: parse(text.slice(equals + 1)), text: `--set ${text}` }
  } catch (cause) {
    throw new FldError('config_invalid', `--set ${text}: the value is no YAML: ${errorMessage(cause)}`, { cause })
  }
}

function assign(target: unknown, path: readonly string[], value: unknown, text: string): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (!isRecord(target)) throw new FldError('config_invalid', `${text}: there is nothing to set "${key}" in`)
  if (rest.length === 0) {
    target[key] = value
    return
  }
  target[key] ??= {}
  assign(target[key], rest, value, text)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function setAnnotatorOption(pipeline: Pipeline, { path, value, text }: Setting): void {
  const [, name, ...option] = path
  const uses = pipeline.stages.flatMap((stage) => stage.annotators)
  const use = uses.find((each) => annotatorName(each) === name)
  if (!use || option.length === 0) {
    const names = uses.map(annotatorName).join(', ')
    throw new FldError('config_invalid', `${text}: write annotators.<name>.<option>=value; the names are: ${names}`)
  }
  assign(use.options, option, value, text)
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
