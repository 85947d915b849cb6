import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import { compressSync } from 'snappy'
import type { Split } from '../../../schemas/image.js'
import {
  type CardOptions,
  type ExportFormat,
  type ImageToExport,
  imageName,
  type ShardToExport,
  sampleTexts,
} from './export-format.js'

/**
 * Parquet that Hugging Face datasets loads as it is (`load_dataset(<folder>)`): `data/<split>-<shard>.parquet`, a row for each
 * image with its bytes and its samples as lists side by side. The card says which file is of which split, and that `image` is one.
 */
export const huggingFace: ExportFormat = {
  of: 'samples',
  reading: ({ images }) =>
    `\`datasets.load_dataset("<folder>")\`: a row is an image, with its \`${images ? 'image' : 'file_name'}\`, \`image_id\`, \`source\`, \`width\` and \`height\` in pixels, and its samples as lists side by side: \`sample_ids\`, \`tasks\`, \`prompts\`, \`targets\`, \`weights\`. ${sampleTexts}`,
  frontMatter,
  async *shardFiles(shard, options) {
    for (const split of new Set(shard.images.map(({ annotated }) => annotated.image.split))) {
      yield { key: `data/${split}-${shard.shard}.parquet`, body: await shardTable(shard, { ...options, split }) }
    }
  },
  wholeFiles: () => [],
}

/** What the front matter of the card says, so that datasets needs no script. Of splits that have images: it finds no files of others. */
function frontMatter({ splits, images }: CardOptions): string {
  const files = splits.map((split) => `  - split: ${split}\n    path: data/${split}-*.parquet`)
  const strings = ['image_id', 'source', ...(images ? [] : ['file_name'])]
  const lists = ['sample_ids', 'tasks', 'prompts', 'targets']
  const features = [
    ...(images ? ['  - name: image\n    dtype: image'] : []),
    ...strings.map((name) => `  - name: ${name}\n    dtype: string`),
    ...['width', 'height'].map((name) => `  - name: ${name}\n    dtype: int32`),
    ...lists.map((name) => `  - name: ${name}\n    list: string`),
    '  - name: weights\n    list: float64',
  ]
  return `configs:\n- config_name: default\n  data_files:\n${files.join('\n')}\ndataset_info:\n  features:\n${features.join('\n')}`
}

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'REQUIRED',
})
const number = (name: string): SchemaElement => ({ name, type: 'INT32', repetition_type: 'REQUIRED' })
const list = (name: string, element: SchemaElement): SchemaElement[] => [
  { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  element,
]

/** Rows of a group: images are large, and a reader of one should not have to fetch them all. */
const rowGroupRows = 100

async function shardTable(
  { images }: ShardToExport,
  { split, ...options }: { split: Split; images: boolean },
): Promise<Uint8Array> {
  const rows = images.filter(({ annotated }) => annotated.image.split === split)
  const columns = [
    ...(options.images
      ? [await imageColumn(rows)]
      : [textColumn('file_name', rows, (row) => imageName(row.annotated.image))]),
    textColumn('image_id', rows, (row) => row.annotated.image.image_id),
    textColumn('source', rows, (row) => row.annotated.image.source),
    numberColumn('width', rows, (row) => row.annotated.image.width),
    numberColumn('height', rows, (row) => row.annotated.image.height),
    listColumn('sample_ids', rows, ({ samples }) => samples.map(({ sample_id }) => sample_id)),
    listColumn('tasks', rows, ({ samples }) => samples.map(({ task }) => task)),
    listColumn('prompts', rows, ({ samples }) => samples.map(({ prompt }) => prompt)),
    listColumn('targets', rows, ({ samples }) => samples.map(({ target }) => target)),
    weightsColumn(rows),
  ]
  const bytes = new ByteWriter()
  const root = { name: 'root', num_children: columns.length }
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [root, ...columns.flatMap(({ schema }) => schema)],
    createdBy: 'fld',
    compressors: { SNAPPY: (page: Uint8Array) => compressSync(page) },
  })
  // Into memory: done when it returns.
  void writer.write({ columnData: columns.map(({ source }) => source), rowGroupSize: rowGroupRows })
  void writer.finish()
  return bytes.getBytes()
}

interface ExportColumn {
  readonly schema: readonly SchemaElement[]
  readonly source: ColumnSource
}

/** As Hugging Face's Image feature stores one. */
async function imageColumn(rows: readonly ImageToExport[]): Promise<ExportColumn> {
  const data: { bytes: Uint8Array; path: string }[] = []
  for (const row of rows) data.push({ bytes: await row.encoded(), path: imageName(row.annotated.image) })
  return {
    schema: [
      { name: 'image', repetition_type: 'REQUIRED', num_children: 2 },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
      text('path'),
    ],
    source: { name: 'image', data, encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false },
  }
}

function textColumn(name: string, rows: readonly ImageToExport[], of: (row: ImageToExport) => string): ExportColumn {
  return { schema: [text(name)], source: { name, data: rows.map(of) } }
}

function numberColumn(name: string, rows: readonly ImageToExport[], of: (row: ImageToExport) => number): ExportColumn {
  return { schema: [number(name)], source: { name, data: rows.map(of) } }
}

function listColumn(name: string, rows: readonly ImageToExport[], of: (row: ImageToExport) => string[]): ExportColumn {
  return {
    schema: list(name, text('element')),
    source: { name, data: rows.map(of), encoding: 'PLAIN', statistics: false },
  }
}

function weightsColumn(rows: readonly ImageToExport[]): ExportColumn {
  const name = 'weights'
  const data = rows.map(({ samples }) => samples.map(({ weight }) => weight))
  const element: SchemaElement = { name: 'element', type: 'DOUBLE', repetition_type: 'REQUIRED' }
  return { schema: list(name, element), source: { name, data, encoding: 'PLAIN', statistics: false } }
}
