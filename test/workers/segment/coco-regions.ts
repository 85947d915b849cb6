import { readFile } from 'node:fs/promises'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { referencePath } from '../../reference-data.js'
import { fillRings } from './masks.js'

const root = 'photos/coco_mini'
export const cocoNeeds = [root]

interface CocoInstances {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[]
  readonly categories: readonly { id: number; name: string }[]
  readonly annotations: readonly CocoAnnotation[]
}

interface CocoAnnotation {
  readonly id: number
  readonly image_id: number
  readonly category_id: number
  readonly iscrowd: number
  readonly area: number
  readonly bbox: readonly [number, number, number, number]
  /** Polygons; run lengths where it is a crowd. */
  readonly segmentation: readonly (readonly number[])[]
}

/** A photograph with its true boxes as regions, and the pixels of each by region_id. */
export interface TrueRegions {
  readonly input: AnnotatorInput
  readonly pixels: ReadonlyMap<string, Uint8Array>
}

/** The objects of some names and at least `minArea` pixels on photographs of COCO's val2017, as people outlined them. */
export async function trueRegions(names: readonly string[], minArea: number): Promise<TrueRegions[]> {
  const text = await readFile(referencePath(`${root}/annotations/instances_val2017.json`), 'utf8')
  const { images, categories, annotations } = JSON.parse(text) as CocoInstances
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]))
  const wanted = annotations.filter(({ iscrowd, area, category_id }) => {
    return iscrowd === 0 && area >= minArea && names.includes(nameOf.get(category_id) ?? '')
  })
  const photographs = images.map(async ({ id, file_name }) => {
    const ofImage = wanted.filter(({ image_id }) => image_id === id)
    if (ofImage.length === 0) return []
    const raster = await decodeImage(await readFile(referencePath(`${root}/val2017/${file_name}`)))
    const regions = ofImage.map((one) => regionOf(one, nameOf.get(one.category_id) ?? ''))
    const pixels = new Map(ofImage.map((one) => [`r${one.id}`, truePixels(one, raster)]))
    return [{ input: rasterInput(file_name, raster, { regions }), pixels }]
  })
  return (await Promise.all(photographs)).flat()
}

function regionOf({ id, bbox: [x, y, width, height] }: CocoAnnotation, label: string): AgreedRegion {
  return { region_id: `r${id}`, kind: 'object', label, box: [x, y, x + width, y + height], quad: null, score: 1 }
}

/** Parts of an object may overlap. */
function truePixels({ segmentation }: CocoAnnotation, image: { width: number; height: number }): Uint8Array {
  const pixels = new Uint8Array(image.width * image.height)
  for (const polygon of segmentation) {
    for (const [at, inside] of fillRings([polygon], image).entries()) if (inside) pixels[at] = 1
  }
  return pixels
}
