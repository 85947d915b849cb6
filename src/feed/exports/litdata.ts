import { FldError } from '../../../schemas/errors.js'
import type { Split } from '../../../schemas/image.js'
import {
  type ExportFormat,
  type ImageToExport,
  imageName,
  type ShardToExport,
  type SnapshotToExport,
  sampleTexts,
  textBytes,
  toldSample,
  type WholeFile,
} from './export-format.js'

/**
 * What LitData's StreamingDataset reads: for each split a folder of binary chunks, one for a shard, and their index.json. An item
 * is an image: its bytes, its file's name and id, and its samples as JSON. Layout: github.com/Lightning-AI/litdata,
 * streaming/writer.py and item_loader.py (PyTreeLoader).
 */
export const litdata: ExportFormat = {
  of: 'samples',
  reading: () =>
    `\`litdata.StreamingDataset("<folder>/<split>")\` gives an item for each image: \`image\`, the bytes of its file, \`file_name\`, \`image_id\`, and \`samples\`, JSON of a list with task, prompt, target and weight. ${sampleTexts}`,
  async *shardFiles(shard, options) {
    for (const split of new Set(shard.images.map(({ annotated }) => annotated.image.split))) {
      yield { key: chunkKey(split, shard.shard), body: await chunk(shard, { ...options, split }) }
    }
  },
  *wholeFiles(snapshot) {
    for (const split of snapshot.splits) yield index(snapshot, split)
  },
}

function chunkName(shard: string): string {
  return `chunk-0-${Number(shard)}.bin`
}

function chunkKey(split: Split, shard: string): string {
  return `${split}/${chunkName(shard)}`
}

/** Fields of an item, in the order in which they are written, with LitData's names of their serializers. */
const fields = { image: 'bytes', file_name: 'str', image_id: 'str', samples: 'str' } as const

/** Chunks and items speak of places with 32 bits. */
const mostBytes = 2 ** 32 - 1

/** The number of items, where each begins and the last ends, then the items. */
async function chunk(
  { images }: ShardToExport,
  { split, ...options }: { split: Split; images: boolean },
): Promise<Uint8Array> {
  const items: Uint8Array[] = []
  for (const image of images) if (image.annotated.image.split === split) items.push(await item(image, options))
  const head = headBytes(items.length)
  const places = [head]
  for (const { byteLength } of items) places.push((places.at(-1) ?? 0) + byteLength)
  const end = places.at(-1) ?? 0
  if (end > mostBytes) {
    throw new FldError(
      'config_invalid',
      `a chunk of ${end} bytes is more than LitData's 4 GiB: pack shards of fewer images`,
    )
  }
  return Buffer.concat([numbers([items.length, ...places]), ...items])
}

function headBytes(items: number): number {
  return 4 * (items + 2)
}

/** The lengths of the fields, then the fields. */
async function item({ annotated, samples, encoded }: ImageToExport, options: { images: boolean }): Promise<Uint8Array> {
  const { image } = annotated
  const values = {
    image: options.images ? await encoded() : new Uint8Array(0),
    file_name: textBytes(imageName(image)),
    image_id: textBytes(image.image_id),
    samples: textBytes(JSON.stringify(samples.map(toldSample))),
  } satisfies Record<keyof typeof fields, Uint8Array>
  const parts = Object.values(values)
  return Buffer.concat([numbers(parts.map(({ byteLength }) => byteLength)), ...parts])
}

/** Unsigned, 32 bits, little-endian. */
function numbers(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 * at)
  return bytes
}

/** PyTorch's pytree of a dict, as its JSON writes it. */
function dataSpec(): string {
  const leaf = { type: null, context: null, children_spec: [] }
  const names = Object.keys(fields)
  const spec = { type: 'builtins.dict', context: JSON.stringify(names), children_spec: names.map(() => leaf) }
  return JSON.stringify([1, spec])
}

function index(snapshot: SnapshotToExport, split: Split): WholeFile {
  return {
    key: `${split}/index.json`,
    async *chunks() {
      const config = {
        ...{ chunk_bytes: null, chunk_size: null, compression: null, encryption: null, item_loader: 'PyTreeLoader' },
        ...{ data_format: Object.values(fields), data_spec: dataSpec() },
      }
      yield textBytes(`{"config":${JSON.stringify(config)},"chunks":[`)
      let first = true
      for await (const { shard, images } of snapshot.shards()) {
        const size = images.filter(({ annotated }) => annotated.image.split === split).length
        if (size === 0) continue
        const bytes = (await snapshot.bytesOf(chunkKey(split, shard))) - headBytes(size)
        const line = { chunk_bytes: bytes, chunk_size: size, dim: null, filename: chunkName(shard) }
        yield textBytes(`${first ? '' : ','}\n${JSON.stringify(line)}`)
        first = false
      }
      yield textBytes(']}\n')
    },
  }
}
