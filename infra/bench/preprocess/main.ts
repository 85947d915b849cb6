/**
 * Milliseconds per image of the image processor beside that of Transformers.js, on the same decoded photograph, and how
 * far each is from Pillow's pixels.
 *
 *   npm run bench:preprocess -- [--repetitions 15]
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { imageProcessor } from '../../../src/models/pixels/image-processor.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { pillowResample } from '../../../test/models/pixels/pillow-arithmetic.js'
import { interleaved } from './interleaved.js'
import { type LevelError, levelError } from './level-error.js'
import { type Preparation, theirPreparation } from './their-processor.js'

const { values } = parseArgs({ options: { repetitions: { type: 'string', default: '15' } } })
const repetitions = Number(values.repetitions)
const reference = resolve(process.env.FLD_REFERENCE_DATA ?? '../shared')

const sizes = [
  { width: 640, height: 480 },
  { width: 1920, height: 1080 },
  { width: 4000, height: 3000 },
]
const imageNet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] }
const rescaled = { do_resize: true, do_rescale: true, rescale_factor: 1 / 255 }
/** Preprocessor configurations as the models' repositories have them. */
const florence = (side: number) => ({
  image_processor_type: 'CLIPImageProcessor',
  ...rescaled,
  ...imageNet,
  do_normalize: true,
  do_center_crop: false,
  resample: 3,
  size: { width: side, height: side },
})
const targets = [
  { name: 'Florence-2 768 bicubic', side: 768, filter: 'bicubic', config: florence(768) },
  {
    name: 'RT-DETR 640 bilinear',
    side: 640,
    filter: 'bilinear',
    config: {
      image_processor_type: 'RTDetrImageProcessor',
      ...rescaled,
      ...imageNet,
      do_normalize: false,
      do_pad: false,
      resample: 2,
      size: { width: 640, height: 640 },
    },
  },
] as const

function print(cells: readonly (string | number)[], widths: readonly number[]): void {
  const shown = cells.map((cell, i) => {
    const text = typeof cell === 'number' ? cell.toFixed(cell < 10 ? 2 : 1) : cell
    return i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)
  })
  process.stdout.write(`${shown.join(' ')}\n`)
}

/** A JPEG of each size, from a photograph where there is one. */
async function photograph({ width, height }: { width: number; height: number }): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(reference, 'photos/sam_images/truck.jpg')
  const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const
  const source = existsSync(path)
    ? sharp(path)
    : sharp({ create: { width: 1200, height: 900, channels: 3, background: 'black', noise } })
  return new Uint8Array(await source.resize(width, height, { fit: 'fill' }).jpeg({ quality: 92 }).toBuffer())
}

const timingWidths = [10, 23, 8, 8, 7, 8, 10, 7, 10, 10, 7, 10, 10, 10, 10]

async function benchTarget(
  jpeg: Uint8Array<ArrayBuffer>,
  raster: Raster,
  target: (typeof targets)[number],
): Promise<void> {
  const ours = imageProcessor(target.config, target.name)
  const theirs = await theirPreparation(target.config)
  const [our, their] = await interleaved(
    [async () => void ours.process([raster]), () => theirs.process(raster)],
    repetitions,
  )
  const [ourWhole, theirWhole] = await interleaved(
    [async () => void ours.process([await decodeImage(jpeg)]), () => theirs.decodeAndProcess(jpeg)],
    repetitions,
  )
  const exact = pillowResample(raster, { width: target.side, height: target.side }, target.filter)
  const ourError = levelError(ours.process([raster]).pixelValues.data, exact, target.config)
  const theirError = levelError(await theirs.process(raster), exact, target.config)
  const pairs = [
    [our.wall, their.wall],
    [our.cpu, their.cpu],
    [ourWhole.wall, theirWhole.wall],
  ] as const
  const timing = pairs.flatMap(([mine, other]) => [mine, other, other / mine])
  const size = `${raster.width}x${raster.height}`
  print([size, target.name, ...timing, ...errorCells(ourError), ...errorCells(theirError)], timingWidths)
}

function errorCells({ mean, most }: LevelError): string[] {
  return [mean.toFixed(3), most.toFixed(1)]
}

async function benchSpeed(): Promise<void> {
  process.stdout.write(
    `median ms per image of ${repetitions}, in turn; errors in levels of 255 against Pillow's bytes\n`,
  )
  const heads = [
    'ours',
    'theirs',
    'ratio',
    'our cpu',
    'their cpu',
    'ratio',
    '+decode',
    '+decode',
    'ratio',
    'our mean',
    'our max',
    'their mean',
  ]
  print(['source', 'target', ...heads, 'their max'], timingWidths)
  for (const size of sizes) {
    const jpeg = await photograph(size)
    const raster = await decodeImage(jpeg)
    for (const target of targets) await benchTarget(jpeg, raster, target)
  }
}

/** The reference images, against the files that Pillow itself wrote. */
async function benchFidelity(): Promise<void> {
  const folder = join(reference, 'golden/florence2/images')
  if (!existsSync(folder)) {
    process.stderr.write(`SKIPPED: no reference images at ${folder}; FLD_REFERENCE_DATA names the folder\n`)
    return
  }
  process.stdout.write('\nFlorence-2 192 bicubic against the PNGs written by Pillow, in levels of 255\n')
  const widths = [24, 10, 10, 10, 10]
  print(['image', 'our mean', 'our max', 'their mean', 'their max'], widths)
  const config = florence(192)
  const ours = imageProcessor(config, 'florence2')
  const theirs: Preparation = await theirPreparation(config)
  for (const file of (await readdir(folder)).filter((name) => /\.(png|jpg)$/.test(name))) {
    const raster = await decodeImage(await readFile(join(folder, file)))
    const exact = await decodeImage(await readFile(join(folder, 'resized', file.replace(/jpg$/, 'png'))))
    const ourError = levelError(ours.process([raster]).pixelValues.data, exact, config)
    const theirError = levelError(await theirs.process(raster), exact, config)
    print([file, ...errorCells(ourError), ...errorCells(theirError)], widths)
  }
}

await benchSpeed()
await benchFidelity()
