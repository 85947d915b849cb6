import { FldError } from '../../../schemas/errors.js'
import type { Dtype, DtypeChoice, LockedEntry, PackEntry } from '../../../schemas/pack.js'

/** What stands between a graph's name and `.onnx`, as in repositories for Transformers.js. */
const suffixes: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
}

const graphFile = /^onnx\/(.+?)(_fp16|_quantized|_int8|_uint8|_q4f16|_q4|_bnb4)?\.onnx(_data(?:_\d+)?|\.data)?$/

/** A file of a graph: the graph itself, or weights that lie beside it. */
export interface GraphFile {
  readonly graph: string
  readonly dtype: Dtype
  /** The path with the suffix of the dtype left out. */
  readonly plain: string
  readonly isGraph: boolean
}

/**
 * The entry with only the files that its dtypes choose; files outside `onnx/` stay. Doing it again changes nothing.
 * Throws FldError `config_invalid` that lists the dtypes, or the graphs, that there are.
 */
export function pickFiles(entry: LockedEntry): LockedEntry
export function pickFiles(entry: PackEntry): PackEntry
export function pickFiles(entry: PackEntry): PackEntry {
  const picked = new Set(plainPaths(entry.files, entry.dtype, `entry "${entry.name}"`).values())
  return { ...entry, files: entry.files.filter((file) => picked.has(file)) }
}

/**
 * The files that the dtypes choose, by the path that an annotator asks for: `onnx/model.onnx` for a file
 * `onnx/model_fp16.onnx`. Weights beside a graph keep their names on disk: the graph names them inside.
 * Throws as `pickFiles`; `where` begins the message.
 */
export function plainPaths<File extends { readonly path: string }>(
  files: readonly File[],
  choice: DtypeChoice,
  where: string,
): Map<string, File> {
  const parsed = files.map((file) => ({ file, graphFile: graphFileOf(file.path) }))
  const available = dtypesByGraph(parsed.flatMap(({ graphFile: one }) => (one?.isGraph ? [one] : [])))
  checkGraphs(choice, [...available.keys()], where)
  if (available.size === 0 && typeof choice === 'string' && choice !== 'fp32') {
    const message = `${where} has no ${choice}: its files are of one dtype; several lie in onnx/, as onnx/model_fp16.onnx`
    throw new FldError('config_invalid', message, { details: { dtype: choice } })
  }
  for (const [graph, dtypes] of available) {
    const wanted = dtypeOf(choice, graph)
    if (dtypes.includes(wanted)) continue
    const message = `${where} has no ${wanted} of the graph "${graph}" (${graphPath(graph, wanted)}); it has: ${dtypes.join(', ')}`
    throw new FldError('config_invalid', message, { details: { graph, dtype: wanted, available: dtypes } })
  }
  return new Map(
    parsed.flatMap(({ file, graphFile: one }): [string, File][] => {
      if (one === null) return [[file.path, file]]
      return one.dtype === dtypeOf(choice, one.graph) ? [[one.plain, file]] : []
    }),
  )
}

/** Where a graph lies in the Transformers.js layout: `onnx/vision_encoder_fp16.onnx`. */
export function graphPath(graph: string, dtype: Dtype): string {
  return `onnx/${graph}${suffixes[dtype]}.onnx`
}

/** What a path in the Transformers.js layout is of its graph; null for a file that is of no graph. */
export function graphFileOf(path: string): GraphFile | null {
  const [, graph, suffix = '', data = ''] = graphFile.exec(path) ?? []
  if (graph === undefined) return null
  const [dtype = 'fp32'] = (Object.keys(suffixes) as Dtype[]).filter((name) => suffixes[name] === suffix)
  return { graph, dtype, plain: `onnx/${graph}.onnx${data}`, isGraph: data === '' }
}

function dtypesByGraph(graphs: readonly GraphFile[]): Map<string, Dtype[]> {
  const found = new Map<string, Dtype[]>()
  for (const { graph, dtype } of graphs) found.set(graph, [...(found.get(graph) ?? []), dtype])
  return found
}

function checkGraphs(choice: DtypeChoice, graphs: readonly string[], where: string): void {
  if (typeof choice === 'string') return
  const unknown = Object.keys(choice).find((graph) => !graphs.includes(graph))
  if (unknown === undefined) return
  const known = graphs.join(', ') || 'none'
  throw new FldError('config_invalid', `${where} chooses a dtype for the graph "${unknown}"; its graphs are: ${known}`)
}

/** What a choice says of a graph. */
export function dtypeOf(choice: DtypeChoice, graph: string): Dtype {
  return typeof choice === 'string' ? choice : (choice[graph] ?? 'fp32')
}
