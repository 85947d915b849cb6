import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { z } from 'zod'

/** The first photographs of a folder, in order of their paths; where there are none, JPEGs that are made in `scratch`. */
export async function photographs(count: number, { folder, scratch }: { folder: string; scratch: string }) {
  if (!existsSync(folder)) {
    process.stderr.write(`no photographs at ${folder}: images are made instead\n`)
    return Promise.all(Array.from({ length: count }, (_, index) => madeImage(index, scratch)))
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(({ name }) => /\.jpe?g$/i.test(name)).map((each) => join(each.parentPath, each.name))
  return paths.sort().slice(0, count)
}

async function madeImage(index: number, scratch: string): Promise<string> {
  const path = join(scratch, `made-${index}.jpg`)
  const noise = { type: 'gaussian', mean: 90 + index * 5, sigma: 40 } as const
  const create = { width: 640, height: 480, channels: 3, background: 'black', noise } as const
  await sharp({ create }).blur(3).jpeg({ quality: 92 }).toFile(path)
  return path
}

const preprocessorSchema = z.object({ size: z.object({ width: z.number(), height: z.number() }) })

/** An image as large as a checkpoint takes them, lossless: no resampler has a part in what is answered about it. */
export async function imageOfModelSize(path: string, { folder, scratch }: { folder: string; scratch: string }) {
  const config: unknown = JSON.parse(await readFile(join(folder, 'preprocessor_config.json'), 'utf8'))
  const { width, height } = preprocessorSchema.parse(config).size
  const resized = join(scratch, `model-size-${width}x${height}.png`)
  await sharp(path).resize(width, height, { fit: 'fill' }).removeAlpha().png().toFile(resized)
  return resized
}
