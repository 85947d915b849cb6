import { errorMessage } from '../../../schemas/errors.js'
import type { Locations } from './locations.js'
import { invalidRow, type ManifestRow, manifestSource, rowOf, type SignalOption } from './manifest.js'
import type { ImageSource } from './source.js'
import type { SourceFile } from './source-file.js'
import { textLines } from './text-lines.js'

interface LineManifest {
  readonly file: SourceFile
  readonly locations: Locations
}

/** A .txt list: one path or uri a line; empty lines and lines that start with `#` are left out. */
export function listSource({ file, locations }: LineManifest): ImageSource {
  async function* rows(options: SignalOption): AsyncGenerator<ManifestRow, void, undefined> {
    for await (const { text } of textLines(file.stream(options))) {
      const reference = text.trim()
      if (reference !== '' && !reference.startsWith('#')) yield { reference, labels: null }
    }
  }
  return manifestSource({ kind: 'list', uri: file.uri, labelled: false, locations, rows })
}

function parseLine(text: string, uri: string, line: number): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw invalidRow(uri, line, `is not JSON: ${errorMessage(error)}`, error)
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  throw invalidRow(uri, line, 'is not a JSON object; each line is one, with path or uri')
}

/** A .jsonl manifest: one object a line, with `path` or `uri` and optional labels (see `readLabels`). */
export function jsonlSource({ file, locations }: LineManifest): ImageSource {
  async function* rows(options: SignalOption): AsyncGenerator<ManifestRow, void, undefined> {
    for await (const { text, line } of textLines(file.stream(options))) {
      if (text.trim() !== '') yield rowOf(parseLine(text, file.uri, line), file.uri, line)
    }
  }
  return manifestSource({ kind: 'jsonl', uri: file.uri, labelled: true, locations, rows })
}
