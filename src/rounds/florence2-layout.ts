import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { DtypeChoice } from '../../schemas/pack.js'
import { dtypeOf, graphFileOf, graphPath, plainPaths } from '../models/packs/graph-files.js'

/** The graphs that Florence-2 is exported to, as onnx-community/Florence-2-base has them. */
const florence2Graphs = ['vision_encoder', 'embed_tokens', 'encoder_model', 'decoder_model_merged'] as const

const requiredFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json']
const optionalFiles = ['generation_config.json']
const configSchema = z.object({ model_type: z.string() })
/** Paths that a message lists at most. */
const shownPaths = 20

/** Which files are wanted, and where they are, for messages. */
export interface LayoutChoice {
  /** One dtype of each graph; all that are there when absent. */
  readonly dtype?: DtypeChoice | undefined
  readonly where: string
}

/** The paths of a checkpoint with these dtypes, where they cannot be listed: of files that must be there, and that may. */
export function florence2Layout(dtype: DtypeChoice): { required: string[]; optional: string[] } {
  const graphs = florence2Graphs.map((graph) => graphPath(graph, dtypeOf(dtype, graph)))
  return { required: [...requiredFiles, ...graphs], optional: [...optionalFiles] }
}

/**
 * Of paths in a checkpoint's folder those that a runtime reads, sorted: the settings, the tokenizer, and the four graphs
 * with the weights beside them. Throws FldError `config_invalid` that names what is missing and what is there.
 */
export function florence2Paths(paths: Iterable<string>, { dtype, where }: LayoutChoice): string[] {
  const all = [...paths].sort()
  const missing = [...requiredFiles.filter((file) => !all.includes(file)), ...missingGraphs(all)]
  if (missing.length > 0) throw notTheLayout(where, missing, all)
  const known = all.filter((path) => [...requiredFiles, ...optionalFiles].includes(path) || isOfGraph(path))
  if (dtype === undefined) return known
  const files = known.map((path) => ({ path }))
  return [...plainPaths(files, dtype, where).values()].map(({ path }) => path)
}

/**
 * The files of a Florence-2 checkpoint that a runtime reads, by path, with where they are. Throws FldError
 * `config_invalid` as `florence2Paths`, and where config.json is of another model.
 */
export async function florence2Files(
  files: ReadonlyMap<string, string>,
  choice: LayoutChoice,
): Promise<Map<string, string>> {
  const paths = florence2Paths(files.keys(), choice)
  const type = await modelType(files.get('config.json') ?? '', choice.where)
  if (type !== 'florence2') {
    throw new FldError(
      'config_invalid',
      `${choice.where} is no Florence-2 checkpoint: config.json says model_type "${type}", not "florence2"`,
      { details: { model_type: type } },
    )
  }
  return new Map(paths.map((path) => [path, files.get(path) ?? '']))
}

function missingGraphs(paths: readonly string[]): string[] {
  const graphs = new Set(paths.map(graphFileOf).flatMap((file) => (file?.isGraph ? [file.graph] : [])))
  return florence2Graphs.filter((graph) => !graphs.has(graph)).map((graph) => `onnx/${graph}.onnx`)
}

function isOfGraph(path: string): boolean {
  const file = graphFileOf(path)
  return file !== null && florence2Graphs.some((graph) => graph === file.graph)
}

function notTheLayout(where: string, missing: readonly string[], paths: readonly string[]): FldError {
  const more = paths.length > shownPaths ? ` and ${paths.length - shownPaths} more` : ''
  const there = paths.length === 0 ? 'nothing is there' : `there are: ${paths.slice(0, shownPaths).join(', ')}${more}`
  return new FldError(
    'config_invalid',
    `${where} is no Florence-2 checkpoint in the layout of Transformers.js (graphs of any dtype, as onnx/embed_tokens_fp16.onnx): missing are ${missing.join(', ')}; ${there}`,
    { details: { missing, paths } },
  )
}

async function modelType(path: string, where: string): Promise<string> {
  try {
    return configSchema.parse(JSON.parse(await readFile(path, 'utf8'))).model_type
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? 'it has no model_type' : errorMessage(cause)
    throw new FldError('config_invalid', `${where}: config.json cannot be read: ${problem}`, { cause })
  }
}
