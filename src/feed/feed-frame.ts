import type { StreamedSample } from './rank-stream.js'

/** Content types of a stream with images and of one without. */
export const streamTypes = { images: 'application/vnd.fld.feed', records: 'application/x-ndjson' } as const

/**
 * What a client is told of a sample; its image has `image_bytes` bytes, 0 where none was asked for. Width and height in
 * pixels after EXIF orientation, which the image's bytes do not have applied.
 */
export function sampleRecord({ sample, image, encoded, after }: StreamedSample, cursor: string): object {
  const { sample_id, image_id, shard, task, prompt, target, target_tokens, sources } = sample
  const { width, height, format } = image
  return {
    ...{ sample_id, image_id, shard, task, prompt, target, target_tokens, sources },
    ...{ width, height, format, image_bytes: encoded?.byteLength ?? 0, epoch: after.epoch, cursor },
  }
}

/** A record of a stream without images: a line of JSON. */
export function encodeLine(record: object): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`)
}

/** A record of a stream with images: its length as 4 bytes, big-endian, and JSON; the image's bytes come after it. */
export function encodeFrame(record: object): Buffer {
  const text = JSON.stringify(record)
  const frame = Buffer.allocUnsafe(4 + Buffer.byteLength(text))
  frame.writeUInt32BE(frame.byteLength - 4)
  frame.write(text, 4)
  return frame
}
