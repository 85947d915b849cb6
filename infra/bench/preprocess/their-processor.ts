import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AutoImageProcessor, env, RawImage } from '@huggingface/transformers'
import type { Raster } from '../../../src/models/pixels/raster.js'

/** An image to its pixel_values [1, 3, height, width]. */
export interface Preparation {
  process(raster: Raster): Promise<Float32Array>
  decodeAndProcess(jpeg: Uint8Array<ArrayBuffer>): Promise<Float32Array>
}

/** The processor that Transformers.js makes of a preprocessor_config.json; nothing is fetched. */
export async function theirPreparation(config: object): Promise<Preparation> {
  env.allowRemoteModels = false
  const folder = await mkdtemp(join(tmpdir(), 'fld-bench-'))
  try {
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(config))
    env.localModelPath = '/'
    const processor = await AutoImageProcessor.from_pretrained(folder, { local_files_only: true })
    const values = async (image: RawImage): Promise<Float32Array> => {
      const { pixel_values: tensor } = await processor._call([image])
      if (tensor.data instanceof Float32Array) return tensor.data
      throw new Error(`pixel_values are ${tensor.type}`)
    }
    return {
      process: ({ width, height, data }) => values(new RawImage(data, width, height, 3)),
      decodeAndProcess: async (jpeg) => values(await RawImage.fromBlob(new Blob([jpeg]))),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
