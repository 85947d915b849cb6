import { pack } from 'tar-stream'
import type { Split } from '../../../schemas/image.js'
import {
  type ExportFormat,
  type ImageToExport,
  imageName,
  type ShardToExport,
  sampleTexts,
  textBytes,
  toldSample,
} from './export-format.js'

/**
 * A tar for each shard and split, `<split>-<shard>.tar`, with an image, a JSON of all its samples and its best brief text
 * under one key each, as WebDataset reads them and as trainers of pairs of image and text want them.
 */
export const webdataset: ExportFormat = {
  of: 'samples',
  reading: () =>
    `\`<split>-<shard>.tar\` holds \`<image_id>.<jpg or other>\` and \`<image_id>.json\`: width and height in pixels, and \`samples\` with task, prompt, target and weight; \`<image_id>.txt\` is its best brief text, where it has one. A shard without images of a split has no tar of it: list the tars, their numbers have gaps. ${sampleTexts}`,
  async *shardFiles(shard, options) {
    for (const split of new Set(shard.images.map(({ annotated }) => annotated.image.split))) {
      yield { key: `${split}-${shard.shard}.tar`, body: await shardTar(shard, { ...options, split }) }
    }
  },
  wholeFiles: () => [],
}

const epoch = new Date(0)

async function shardTar(
  { images }: ShardToExport,
  { split, ...options }: { split: Split; images: boolean },
): Promise<Uint8Array> {
  const tar = pack()
  const chunks: Uint8Array[] = []
  const reading = (async () => {
    for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk)
  })()
  const add = (name: string, body: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      const header = { name, size: body.byteLength, mode: 0o644, mtime: epoch, uid: 0, gid: 0 }
      tar.entry(header, Buffer.from(body), (error) => (error ? reject(error) : resolve()))
    })
  for (const image of images) {
    const { image: record } = image.annotated
    if (record.split !== split) continue
    if (options.images) await add(imageName(record), await image.encoded())
    await add(`${record.image_id}.json`, textBytes(JSON.stringify(described(image))))
    const brief = image.annotated.text.find(({ granularity }) => granularity === 'brief')
    if (brief !== undefined) await add(`${record.image_id}.txt`, textBytes(brief.text))
  }
  tar.finalize()
  await reading
  return Buffer.concat(chunks)
}

function described({ annotated: { image }, samples }: ImageToExport): object {
  const { image_id, width, height, split, source } = image
  return {
    ...{ image_id, width, height, split, source },
    samples: samples.map(toldSample),
  }
}
