import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'

/** Sides of what is written, in pixels: as COCO's photographs have them. */
const width = 640
const height = 480

/**
 * Writes so many different JPEGs of 640x480: crops of the reference photographs where they are, else noise. Returns what
 * they were made of.
 */
export async function writePhotographs(
  folder: string,
  { count, reference }: { count: number; reference: string },
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const photographs = await photographsOf(join(reference, 'photos/sam_images'))
  for (let index = 0; index < count; index++) {
    const source = photographs[index % Math.max(1, photographs.length)]
    const jpeg = await (source === undefined ? noise(index) : crop(source, index)).jpeg({ quality: 90 }).toBuffer()
    await writeFile(join(folder, `${String(index).padStart(6, '0')}.jpg`), jpeg)
  }
  return photographs.length > 0 ? 'crops of photographs' : 'noise (no reference photographs)'
}

async function photographsOf(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  return (await readdir(folder)).filter((name) => name.endsWith('.jpg')).map((name) => join(folder, name))
}

/** Another part of the photograph for each index, and another light where the parts come again. */
function crop(path: string, index: number): Sharp {
  const part = { left: (index * 7) % 200, top: (index * 11) % 150, width, height }
  return sharp(path)
    .resize(width + 200, height + 150, { fit: 'fill' })
    .extract(part)
    .modulate({ brightness: 0.8 + (index % 4_001) / 10_000 })
}

function noise(index: number): Sharp {
  const grain = { type: 'gaussian', mean: 60 + (index % 130), sigma: 30 } as const
  return sharp({ create: { width, height, channels: 3, background: 'black', noise: grain } })
}
