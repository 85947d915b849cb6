import { FldError } from '../../schemas/errors.js'

/** Where the entry's one .onnx file is on this machine. Throws FldError `model_invalid` that lists its files. */
export function onlyGraph(files: ReadonlyMap<string, string>): string {
  const graphs = [...files].filter(([path]) => path.endsWith('.onnx'))
  const [only] = graphs
  if (only !== undefined && graphs.length === 1) return only[1]
  throw new FldError('model_invalid', `The model is one .onnx file; its files are: ${present(files)}.`)
}

/** Where a file of an entry is on this machine, by its path in the pack. Throws FldError `model_invalid` that lists its files. */
export function entryFile(files: ReadonlyMap<string, string>, path: string): string {
  const local = files.get(path)
  if (local !== undefined) return local
  throw new FldError('model_invalid', `The model needs the file ${path}; its files are: ${present(files)}.`)
}

function present(files: ReadonlyMap<string, string>): string {
  return [...files.keys()].join(', ') || 'none'
}
