import { readFile } from 'node:fs/promises'
import type { AgreedText } from '../../../schemas/annotation.js'
import type { Box } from '../../../schemas/geometry.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { referencePath } from '../../reference-data.js'

export type GroundingPack = 'grounding-dino' | 'owlv2'

interface StoredFloats {
  readonly file: string
  readonly shape: readonly number[]
}

/** What the reference said of one image. */
export interface GoldenGrounding {
  readonly image: string
  readonly width: number
  readonly height: number
  readonly pixel_values: StoredFloats
  readonly threshold: number
  readonly detections: readonly { readonly label: string; readonly score: number; readonly box: Box }[]
  /** Grounding DINO's. */
  readonly text: string
  readonly text_threshold: number
  readonly input_ids: readonly number[]
  readonly tokens: readonly string[]
  readonly pixel_mask_valid_hw: readonly [number, number]
  /** OWLv2's. */
  readonly queries: readonly string[]
}

/** The files of a pack, as an entry hands them over. */
export function packFiles(pack: GroundingPack): ReadonlyMap<string, string> {
  const paths = [
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/model.onnx',
  ]
  return new Map(paths.map((path) => [path, referencePath(`golden/specialists/${pack}/${path}`)]))
}

export async function readGrounding(pack: GroundingPack): Promise<readonly GoldenGrounding[]> {
  const json = await readFile(referencePath(`golden/specialists/${pack}/expected.json`), 'utf8')
  return (JSON.parse(json) as { images: GoldenGrounding[] }).images
}

export async function storedFloats(pack: GroundingPack, { file }: StoredFloats): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await readFile(referencePath(`golden/specialists/${pack}/${file}`))
  return new Float32Array(new Uint8Array(bytes).buffer)
}

/** One of the lossless images of the packs. */
export async function goldenRaster(image: string): Promise<Raster> {
  return decodeImage(await readFile(referencePath(`golden/specialists/images/${image}`)))
}

/** A text as an earlier stage decides it, with the places of these phrases. */
export function textWith(text: string, ...phrases: readonly string[]): AgreedText {
  const places = phrases.map((phrase) => {
    const start = text.indexOf(phrase)
    return { start, end: start + phrase.length, region_ids: [] }
  })
  return { granularity: 'brief', text, phrases: places }
}
