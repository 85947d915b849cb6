import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { imageProcessor, readImageProcessor } from '../../../src/models/pixels/image-processor.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { resample } from '../../../src/models/pixels/resample.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import { textFiles } from '../text-files.js'

const golden = 'golden/specialists'
const images = ['d1-landscape', 'd2-portrait', 'd3-odd']

async function floats(path: string): Promise<Float32Array> {
  const bytes = await readFile(referencePath(`${golden}/${path}`))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? Number.NaN))), 0)
}

describeWithReference('image processors of the reference packs', [golden], () => {
  let rasters: Raster[]
  const processorOf = (pack: string) =>
    readImageProcessor(
      new Map([['preprocessor_config.json', referencePath(`${golden}/${pack}/preprocessor_config.json`)]]),
    )

  beforeAll(async () => {
    const read = (name: string) => readFile(referencePath(`${golden}/images/${name}.png`))
    rasters = await Promise.all(images.map(async (name) => decodeImage(await read(name))))
  })

  it.each(['rtdetrv2', 'dfine', 'sam', 'grounding-dino'])('gives the very values for %s', async (pack) => {
    const processor = await processorOf(pack)
    for (const [index, raster] of rasters.entries()) {
      const { pixelValues } = processor.process([raster])
      const expected = await floats(`${pack}/d${index + 1}.pixel_values.f32`)
      expect(largestDifference(pixelValues.data, expected), images[index]).toBe(0)
    }
  })

  it.each(['clip', 'siglip'])('gives the very values for a batch of %s', async (pack) => {
    const { pixelValues } = (await processorOf(pack)).process(rasters)
    expect(pixelValues.dims).toEqual([3, 3, 64, 64])
    expect(largestDifference(pixelValues.data, await floats(`${pack}/pixel_values.f32`))).toBe(0)
  })

  it('gives the values of owlv2 within single precision', async () => {
    const processor = await processorOf('owlv2')
    for (const [index, raster] of rasters.entries()) {
      const { pixelValues } = processor.process([raster])
      const expected = await floats(`owlv2/d${index + 1}.pixel_values.f32`)
      expect(largestDifference(pixelValues.data, expected), images[index]).toBeLessThan(2e-6)
    }
  })

  it('says where images lie', async () => {
    const frames = async (pack: string) => {
      const processor = await processorOf(pack)
      return rasters.map((raster) => processor.process([raster]).frames[0])
    }
    const original = { width: 301, height: 211 }
    expect((await frames('sam'))[2]).toEqual({ ...original, resizedWidth: 128, resizedHeight: 90, left: 0, top: 0 })
    expect((await frames('clip'))[2]).toEqual({ ...original, resizedWidth: 91, resizedHeight: 64, left: -13, top: 0 })
    const [, , owl] = await frames('owlv2')
    expect(owl).toMatchObject({ resizedWidth: 128, left: 0, top: 0 })
    expect(owl?.resizedHeight).toBeCloseTo((211 * 128) / 301, 9)
  })
})

const plain = { do_resize: true, resample: 2, do_rescale: true, rescale_factor: 1 / 255, do_normalize: false }
const detr = {
  ...plain,
  image_processor_type: 'DetrImageProcessor',
  size: { shortest_edge: 8, longest_edge: 12 },
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.25, 0.25, 0.25],
  do_pad: true,
}

/** An image whose pixels differ. */
function gradient(width: number, height: number): Raster {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256) }
}

describe('batches', () => {
  it('pads images to the largest with 0 after normalising, and masks the padding', () => {
    const processor = imageProcessor(detr, 'test')
    const [wide, tall] = [gradient(30, 20), gradient(16, 24)]
    expect(processor.tensorSize(wide)).toEqual({ width: 12, height: 8 })
    expect(processor.tensorSize(tall)).toEqual({ width: 8, height: 12 })
    const { pixelValues, pixelMask, frames } = processor.process([wide, tall])
    expect(pixelValues.dims).toEqual([2, 3, 12, 12])
    expect(pixelMask.dims).toEqual([2, 12, 12])
    expect(frames.map(({ resizedWidth, resizedHeight }) => [resizedWidth, resizedHeight])).toEqual([
      [12, 8],
      [8, 12],
    ])
    for (const [index, image] of [wide, tall].entries()) {
      const alone = processor.process([image])
      const { width, height } = processor.tensorSize(image)
      for (let i = 0; i < 3 * 12 * 12; i++) {
        const [channel, y, x] = [Math.floor(i / 144), Math.floor(i / 12) % 12, i % 12]
        const inside = x < width && y < height
        const expected = inside ? alone.pixelValues.data[(channel * height + y) * width + x] : 0
        expect(pixelValues.data[index * 432 + i]).toBe(expected)
        expect(pixelMask.data[index * 144 + (i % 144)]).toBe(inside ? 1n : 0n)
      }
    }
  })

  it('refuses images of different sizes where nothing is padded', () => {
    const processor = imageProcessor({ ...detr, do_pad: false }, 'test')
    expect(() => processor.process([gradient(30, 20), gradient(16, 24)])).toThrow(/12x8 and 8x12.*does not pad/)
    expect(() => processor.process([])).toThrow(/at least one image/)
  })

  it('pads to a fixed size, and refuses what is larger', () => {
    const padded = imageProcessor({ ...detr, pad_size: { height: 13, width: 14 } }, 'test')
    const { pixelMask, pixelValues } = padded.process([gradient(30, 20)])
    expect(pixelValues.dims).toEqual([1, 3, 13, 14])
    expect(pixelMask.data.reduce((sum, one) => sum + one, 0n)).toBe(96n)
    const small = imageProcessor({ ...detr, pad_size: { height: 13, width: 11 } }, 'test')
    expect(() => small.process([gradient(30, 20)])).toThrow(/12x8 does not fit pad_size 11x13/)
  })

  it('hands the mask out once it is made', () => {
    const processed = imageProcessor(detr, 'test').process([gradient(9, 9)])
    expect(processed.pixelMask).toBe(processed.pixelMask)
  })
})

describe('crops', () => {
  const clip = {
    ...plain,
    image_processor_type: 'CLIPImageProcessor',
    size: { shortest_edge: 6 },
    do_center_crop: true,
  }

  it('shows the middle', () => {
    const processor = imageProcessor({ ...clip, crop_size: 5 }, 'test')
    const image = gradient(20, 12)
    const { pixelValues, frames } = processor.process([image])
    const whole = resample(image, { size: { width: 10, height: 6 }, filter: 'bilinear' })
    expect(frames[0]).toMatchObject({ resizedWidth: 10, resizedHeight: 6, left: -2, top: 0 })
    expect(pixelValues.data[0]).toBe(Math.fround((whole.data[6] ?? 0) / 255))
    expect(pixelValues.data[24]).toBe(Math.fround((whole.data[(4 * 10 + 6) * 3] ?? 0) / 255))
  })

  it('shows black around a smaller image, which is normalised and masked', () => {
    const config = { ...clip, do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] }
    const processor = imageProcessor({ ...config, crop_size: { height: 9, width: 4 } }, 'test')
    const image = { width: 6, height: 6, data: new Uint8Array(108).fill(255) }
    const { pixelValues, pixelMask, frames } = processor.process([image])
    expect(frames[0]).toMatchObject({ left: -1, top: 2 })
    const rows = Array.from({ length: 9 }, (_, y) => [...pixelValues.data.subarray(y * 4, y * 4 + 4)])
    expect(rows).toEqual(rows.map((_, y) => Array(4).fill(y >= 2 && y < 8 ? 1 : -1)))
    expect([...pixelMask.data].filter((one) => one === 1n)).toHaveLength(24)
  })
})

describe('settings', () => {
  const square = { ...plain, image_processor_type: 'ViTImageProcessor', size: 3, do_normalize: false }
  const grey = (value: number): Raster => ({ width: 3, height: 3, data: new Uint8Array(27).fill(value) })

  it('takes a plain number as the side of a square or as the shortest side, as the family has it or the key says', () => {
    expect(imageProcessor(square, 'test').tensorSize({ width: 30, height: 20 })).toEqual({ width: 3, height: 3 })
    const old = { feature_extractor_type: 'DetrFeatureExtractor', size: 800, max_size: 1333, do_normalize: false }
    expect(imageProcessor(old, 'test').tensorSize({ width: 640, height: 480 })).toEqual({ width: 1066, height: 800 })
    const told = { ...square, size: 10, default_to_square: false }
    expect(imageProcessor(told, 'test').tensorSize({ width: 30, height: 20 })).toEqual({ width: 15, height: 10 })
    const clip = { image_processor_type: 'CLIPFeatureExtractor', size: 4, crop_size: 4, do_normalize: false }
    expect(imageProcessor(clip, 'test').process([gradient(9, 7)]).frames[0]).toMatchObject({ resizedWidth: 5 })
  })

  it('normalises only what it is told to', () => {
    const values = (settings: object, value: number) =>
      imageProcessor({ ...square, ...settings }, 'test').process([grey(value)]).pixelValues.data
    expect(values({}, 51).every((each) => each === Math.fround(0.2))).toBe(true)
    expect(values({ do_rescale: false }, 51).every((each) => each === 51)).toBe(true)
    expect(values({ rescale_factor: 1 / 127.5 }, 255).every((each) => each === 2)).toBe(true)
    expect(values({ do_normalize: true, image_mean: 0.5, image_std: 0.5 }, 255).every((each) => each === 1)).toBe(true)
  })

  it('turns the planes round for a model of blue, green and red', () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(255, 51, 0) }
    const flipped = imageProcessor({ ...square, size: 1, do_flip_channel_order: true }, 'test')
    expect([...flipped.process([image]).pixelValues.data]).toEqual([0, Math.fround(0.2), 1])
  })

  it('keeps the size where nothing is resized', () => {
    const { do_resize: _, size: __, ...rest } = square
    const image = gradient(5, 2)
    const { pixelValues } = imageProcessor({ ...rest, do_resize: false }, 'test').process([image])
    expect(pixelValues.dims).toEqual([1, 3, 2, 5])
    expect(pixelValues.data[1]).toBe(Math.fround((image.data[3] ?? 0) / 255))
  })

  it('passes over what does not touch the pixels', () => {
    const more = { processor_class: 'X', format: 'coco_detection', mask_size: { longest_edge: 4 }, image_seq_length: 9 }
    expect(() => imageProcessor({ ...square, ...more, do_convert_rgb: null, size_divisor: null }, 'test')).not.toThrow()
  })

  it.each([
    ['an unknown key', { sharpen: 2 }, 'sharpen', /test: sharpen \(2\) is not a key .*could change the pixels/],
    ['an unknown size', { size: { area: 9 } }, 'size', /test: size \(\{"area":9\}\) is not carried out/],
    ['an unknown filter', { resample: 9 }, 'resample', /test: resample \(9\)/],
    ['a step that is not carried out', { crop_pct: 0.9 }, 'crop_pct', /test: crop_pct \(0.9\)/],
    ['a missing mean', { do_normalize: true }, 'image_mean', /test: image_mean is missing/],
    ['a missing crop', { do_center_crop: true }, 'crop_size', /test: crop_size is missing/],
    ['padding to what no key says', { do_pad: true }, 'pad_size', /test: pad_size is missing/],
  ])('refuses %s, naming it and the file', (_, settings, key, message) => {
    const read = () => imageProcessor({ ...square, ...settings }, 'test')
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'model_invalid', details: { key, origin: 'test' } }))
  })

  it('refuses processors whose steps no key tells, and what no family explains', () => {
    expect(() => imageProcessor({ ...square, image_processor_type: 'Siglip2ImageProcessor' }, 'test')).toThrow(
      /Siglip2/,
    )
    const nameless = { size: { height: 3, width: 3 }, do_normalize: false }
    expect(() => imageProcessor(nameless, 'test')).toThrow(/resample is missing/)
    expect(() => imageProcessor({ ...nameless, size: 3, resample: 2 }, 'test')).toThrow(/number 3/)
    expect(() => imageProcessor([], 'test')).toThrow(/test is no JSON object/)
  })

  it('names the files that are there when its own is missing', async () => {
    const files = await textFiles({ 'config.json': '{}' })
    await expect(readImageProcessor(files)).rejects.toThrow(/preprocessor_config.json.*config.json/)
  })
})
