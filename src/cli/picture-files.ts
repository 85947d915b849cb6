import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { imageIdOf } from '../../schemas/image.js'
import { decodeImage } from '../models/pixels/decode-image.js'
import type { Raster } from '../models/pixels/raster.js'

/** A picture of the command line: decoded, or why not. */
export interface PictureFile {
  readonly path: string
  /** Empty where the file cannot be read. */
  readonly image_id: string
  readonly raster: Raster | null
  readonly failure: string | null
}

const imageName = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i

/** The files named with --images, and the images in the folders named, in order. Throws FldError `source_invalid`. */
export async function pictureFiles(named: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const path of named) {
    const stats = await stat(path).catch((cause: unknown) => {
      throw new FldError('source_invalid', `--images ${path}: ${errorMessage(cause)}`, { cause })
    })
    if (!stats.isDirectory()) {
      paths.push(path)
      continue
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const images = entries.filter((entry) => entry.isFile() && imageName.test(entry.name))
    paths.push(...images.map((entry) => join(entry.parentPath, entry.name)).sort())
  }
  if (paths.length > 0) return paths
  throw new FldError('source_invalid', `--images ${named.join(' ')}: there is no image file`)
}

/** Reads and decodes a picture; one that cannot be is told with its reason, and never thrown. */
export async function readPicture(path: string): Promise<PictureFile> {
  let image_id = ''
  try {
    const bytes = await readFile(path)
    image_id = imageIdOf(createHash('sha256').update(bytes).digest('hex'))
    return { path, image_id, raster: await decodeImage(bytes), failure: null }
  } catch (error) {
    return { path, image_id, raster: null, failure: errorMessage(error) }
  }
}
