import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import type { Locations } from './locations.js'
import { invalidRow, type ManifestRow, manifestSource, rowOf, type SignalOption } from './manifest.js'
import type { ImageSource } from './source.js'
import type { SourceFile } from './source-file.js'

const recordSchema = z.object({
  record: z.record(z.string(), z.string()),
  info: z.object({ lines: z.number() }),
})

/** A quote that is never closed must not read the rest of the file into memory. */
const longestRecord = 16 * 1024 * 1024

function csvFault(error: unknown, uri: string): unknown {
  if (!(error instanceof CsvError)) return error
  const lines = z.object({ lines: z.number() }).safeParse(error)
  return invalidRow(uri, lines.success ? lines.data.lines : 1, errorMessage(error), error)
}

/**
 * A .csv (comma) or .tsv (tab) manifest with a header line: a column `path` or `uri`, and optional columns of labels (see
 * `readLabels`); quoting as RFC 4180 has it.
 */
export function csvSource({ file, locations }: { file: SourceFile; locations: Locations }): ImageSource {
  const delimiter = file.name.toLowerCase().endsWith('.tsv') ? '\t' : ','

  async function* rows({ signal }: SignalOption): AsyncGenerator<ManifestRow, void, undefined> {
    const bytes = Readable.from(file.stream({ signal }))
    const parser = parse({
      columns: true,
      info: true,
      bom: true,
      delimiter,
      skip_empty_lines: true,
      max_record_size: longestRecord,
    })
    // A failed read must end the parser too.
    bytes.on('error', (error) => parser.destroy(error))
    try {
      for await (const each of bytes.pipe(parser)) {
        const { record, info } = recordSchema.parse(each)
        yield rowOf(record, file.uri, info.lines)
      }
    } catch (error) {
      throw error instanceof FldError ? error : csvFault(error, file.uri)
    } finally {
      bytes.destroy()
      parser.destroy()
    }
  }
  return manifestSource({ kind: 'csv', uri: file.uri, labelled: true, locations, rows })
}
